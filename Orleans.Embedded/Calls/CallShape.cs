using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>Which class of calls the methods of a return type have, and how a reference sends them.</summary>
internal sealed class CallShape
{
    private readonly Type _class;
    private readonly Type? _result;

    private CallShape(Type @class, Type? result)
    {
        _class = @class;
        _result = result;
    }

    /// <summary>The shape of a method.</summary>
    /// <exception cref="NotSupportedException">The method is not one that can be called across turns.</exception>
    public static CallShape Of(Type interfaceType, MethodInfo method)
    {
        var type = method.ReturnType;
        if (Array.Exists(method.GetParameters(), parameter => parameter.ParameterType.IsByRef))
        {
            throw new NotSupportedException(
                $"{interfaceType}.{method.Name}: a grain method can not have ref, in or out parameters");
        }

        if (type == typeof(void) && !method.IsSpecialName) return new CallShape(typeof(VoidCall), null);
        if (type == typeof(Task)) return new CallShape(typeof(TaskCall), null);
        if (type == typeof(ValueTask)) return new CallShape(typeof(ValueTaskCall), null);
        if (type.IsConstructedGenericType)
        {
            var definition = type.GetGenericTypeDefinition();
            var result = type.GetGenericArguments()[0];
            if (definition == typeof(Task<>)) return new CallShape(typeof(TaskCall<>), result);
            if (definition == typeof(ValueTask<>)) return new CallShape(typeof(ValueTaskCall<>), result);
            if (definition == typeof(IAsyncEnumerable<>)) return new CallShape(typeof(AsyncEnumerableCall<>), result);
        }

        throw new NotSupportedException(
            $"{interfaceType}.{method.Name}: a grain method must return Task, Task<T>, ValueTask, ValueTask<T>, "
            + $"IAsyncEnumerable<T> or, if nobody waits for it, void, but returns {type}");
    }

    /// <summary>The class that the call's own class derives from.</summary>
    public Type Base(GenericParameters generics) =>
        _result is null ? _class : _class.MakeGenericType(generics.Map(_result));

    /// <summary>The method of the base that the call's own class overrides, as it is declared.</summary>
    public MethodInfo Invoke => _class.GetMethod(nameof(TaskCall.Invoke))!;

    public ConstructorInfo BaseConstructor =>
        _class.GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)!;

    /// <summary>The method by which a reference sends the call.</summary>
    public MethodInfo Send(GenericParameters generics)
    {
        var send = typeof(GrainReference).GetMethods(BindingFlags.Instance | BindingFlags.NonPublic).Single(method =>
            method.Name == nameof(GrainReference.Send) && TakesClass(method.GetParameters()[0].ParameterType));
        return _result is null ? send : send.MakeGenericMethod(generics.Map(_result));
    }

    private bool TakesClass(Type parameter) =>
        (parameter.IsGenericType ? parameter.GetGenericTypeDefinition() : parameter) == _class;
}
