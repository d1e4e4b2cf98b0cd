using System.Reflection;

namespace Orleans.Serialization.Invocation;

/// <summary>A request, as call filters and the predicates of <see cref="Concurrency.MayInterleaveAttribute"/> see it.</summary>
public interface IInvokable : IDisposable
{
    /// <summary>The object whose method is called, null before it is set.</summary>
    object? GetTarget();

    /// <summary>Sets where the object comes from whose method is called.</summary>
    void SetTarget(ITargetHolder holder);

    /// <summary>Calls the method. An error is in the response, not thrown.</summary>
    ValueTask<Response> Invoke();

    /// <summary>The count of arguments.</summary>
    int GetArgumentCount();

    /// <summary>An argument, counted from 0.</summary>
    object? GetArgument(int index);

    /// <summary>Replaces an argument, counted from 0, by a value of its type.</summary>
    void SetArgument(int index, object value);

    /// <summary>The name of the method.</summary>
    string GetMethodName();

    /// <summary>The full name of the interface that declares the method.</summary>
    string GetInterfaceName();

    /// <summary>Interface and method, as traces name the call.</summary>
    string GetActivityName();

    /// <summary>The method of the interface.</summary>
    MethodInfo GetMethod();

    /// <summary>The interface that declares the method.</summary>
    Type GetInterfaceType();

    /// <summary>The time-out that the method declares, null if it is the configured one.</summary>
    TimeSpan? GetDefaultResponseTimeout() => null;

    /// <summary>The token among the arguments.</summary>
    CancellationToken GetCancellationToken() => default;

    /// <summary>Cancels the request if it has a source of cancellation of its own; false if it has none.</summary>
    bool TryCancel() => false;

    /// <summary>True if there is a token among the arguments.</summary>
    bool IsCancellable => false;
}

/// <summary>Has the object whose method a request calls.</summary>
public interface ITargetHolder
{
    /// <summary>The object.</summary>
    object? GetTarget();

    /// <summary>Another object of the same activation, such as an extension.</summary>
    object? GetComponent(Type componentType);
}
