using System.Reflection;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>The call as filters and predicates see it.</summary>
internal abstract partial class GrainCall : IInvokable
{
    private ITargetHolder? _holder;

    /// <summary>Calls the method for filters; an error is in the response.</summary>
    public abstract ValueTask<Response> InvokeAsync(object instance);

    /// <summary>Ends the call with what filters have made of its result. In a turn of its target.</summary>
    public abstract void End(CallTarget target, Response response);

    public virtual object? GetArgument(int index) => throw NoArgument(index);

    public virtual void SetArgument(int index, object value) => throw NoArgument(index);

    public int GetArgumentCount() => Description.ArgumentCount;

    public string GetMethodName() => Description.MethodName;

    public string GetInterfaceName() => Description.InterfaceName;

    public string GetActivityName() => Description.ActivityName;

    public MethodInfo GetMethod() => Description.Method.IsGenericMethodDefinition
        ? Description.Method.MakeGenericMethod(GetType().GetGenericArguments())
        : Description.Method;

    public Type GetInterfaceType() => Description.Method.DeclaringType!;

    public TimeSpan? GetDefaultResponseTimeout() => Description.ResponseTimeout;

    public CancellationToken GetCancellationToken() => Cancellation;

    public bool IsCancellable => Description.TakesToken;

    public object? GetTarget() => _holder?.GetTarget();

    public void SetTarget(ITargetHolder holder) => _holder = holder;

    ValueTask<Response> IInvokable.Invoke() => InvokeAsync(
        GetTarget() ?? throw new InvalidOperationException($"{Description} has no target: set one before it is invoked"));

    bool IInvokable.TryCancel()
    {
        // The caller's own token is what cancels; there is no other message on the way that could.
        return false;
    }

    void IDisposable.Dispose()
    {
    }

    private ArgumentOutOfRangeException NoArgument(int index) => new(
        nameof(index), index, $"{Description} has {Description.ArgumentCount} arguments");
}
