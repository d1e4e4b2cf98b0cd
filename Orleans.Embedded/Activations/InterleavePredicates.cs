using System.Reflection;
using Orleans.Concurrency;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>True if a request may run between the turns of others.</summary>
internal delegate bool InterleavePredicate(object grain, IInvokable request);

/// <summary>The predicates that <see cref="MayInterleaveAttribute"/> names.</summary>
internal static class InterleavePredicates
{
    private static readonly MethodInfo s_bind = typeof(InterleavePredicates).GetMethod(
        nameof(Bind), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <exception cref="OrleansConfigurationException">There is no such method, or it has another signature.</exception>
    public static InterleavePredicate? Of(Type grainClass)
    {
        if (grainClass.GetCustomAttribute<MayInterleaveAttribute>() is not { } attribute) return null;
        var method = grainClass.GetMethod(
            attribute.CallbackMethodName,
            BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.FlattenHierarchy);
        if (method is null || method.ReturnType != typeof(bool)
            || method.GetParameters() is not [{ ParameterType: var parameter }] || parameter != typeof(IInvokable))
        {
            throw new OrleansConfigurationException(
                $"grain class {grainClass}: [MayInterleave(\"{attribute.CallbackMethodName}\")] must name a public method "
                + $"of the form bool {attribute.CallbackMethodName}(IInvokable request), static or not");
        }

        if (!method.IsStatic) return (InterleavePredicate)s_bind.MakeGenericMethod(grainClass).Invoke(null, [method])!;
        var predicate = method.CreateDelegate<Func<IInvokable, bool>>();
        return (_, request) => predicate(request);
    }

    private static InterleavePredicate Bind<TGrain>(MethodInfo method)
    {
        var predicate = method.CreateDelegate<Func<TGrain, IInvokable, bool>>();
        return (grain, request) => predicate((TGrain)grain, request);
    }
}
