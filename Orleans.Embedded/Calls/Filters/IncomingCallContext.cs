using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>A call on its way into a grain.</summary>
internal sealed class IncomingCallContext(
    GrainCall call, Activation activation, object instance, IIncomingGrainCallFilter[] filters)
    : CallContext(call), IIncomingGrainCallContext, ITargetHolder
{
    private static readonly ConcurrentDictionary<(Type, MethodInfo), MethodInfo> s_implementations = new();

    public override object Grain => activation.GrainInstance!;

    public override GrainId TargetId => activation.GrainId;

    public IGrainContext TargetContext => activation;

    public MethodInfo ImplementationMethod =>
        s_implementations.GetOrAdd((instance.GetType(), InterfaceMethod), static key => ImplementationOf(key.Item1, key.Item2));

    public override object? Result
    {
        get => Response is { Exception: null } response ? response.Result : null;
        set => Response = Response.FromResult(value);
    }

    /// <summary>Runs the filters and the method; an error is in the response.</summary>
    public async Task<Response> RunAsync()
    {
        Call.SetTarget(this);
        try
        {
            await Invoke();
            return Response!;
        }
        catch (Exception exception)
        {
            return Response.FromException(exception);
        }
    }

    object? ITargetHolder.GetTarget() => instance;

    object? ITargetHolder.GetComponent(Type componentType) => componentType.IsInstanceOfType(instance) ? instance : null;

    protected override async Task<string> InvokeAsync(int step)
    {
        // The grain is the last filter, if it is one.
        var filter = step < filters.Length ? filters[step]
            : step == filters.Length ? Grain as IIncomingGrainCallFilter
            : null;
        if (filter is not null)
        {
            await filter.Invoke(this);
            return filter.GetType().Name;
        }

        Response = await Call.InvokeAsync(instance);
        if (Response.Exception is { } error) ExceptionDispatchInfo.Throw(error);
        return instance.GetType().Name;
    }

    private static MethodInfo ImplementationOf(Type type, MethodInfo method)
    {
        var definition = method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;
        if (!definition.DeclaringType!.IsAssignableFrom(type)) return method;
        var map = type.GetInterfaceMap(definition.DeclaringType);
        var found = map.TargetMethods[Array.IndexOf(map.InterfaceMethods, definition)];
        return method.IsGenericMethod ? found.MakeGenericMethod(method.GetGenericArguments()) : found;
    }
}
