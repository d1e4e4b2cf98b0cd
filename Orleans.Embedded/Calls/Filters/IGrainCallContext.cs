using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans;

/// <summary>A call on its way through filters.</summary>
public interface IGrainCallContext
{
    /// <summary>The request, with its arguments.</summary>
    IInvokable Request { get; }

    /// <summary>The grain object; on the caller's side, the reference.</summary>
    object Grain { get; }

    /// <summary>The grain that calls, null if the call comes from outside grains.</summary>
    GrainId? SourceId { get; }

    /// <summary>The grain that is called.</summary>
    GrainId TargetId { get; }

    /// <summary>The interface of the reference by which the call was made.</summary>
    GrainInterfaceType InterfaceType { get; }

    /// <summary>The full name of the interface that declares the method.</summary>
    string InterfaceName { get; }

    /// <summary>The name of the method.</summary>
    string MethodName { get; }

    /// <summary>The method of the interface.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>The result: null until there is one. A filter may replace it, or set it instead of going on.</summary>
    object? Result { get; set; }

    /// <summary>The result or error: null until there is one.</summary>
    Response? Response { get; set; }

    /// <summary>Goes on to the next filter and at last to the method, whose error is thrown.</summary>
    Task Invoke();
}

/// <summary>A call on its way into a grain; filters run in a turn of it.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>The activation.</summary>
    IGrainContext TargetContext { get; }

    /// <summary>The method of the class.</summary>
    MethodInfo ImplementationMethod { get; }
}

/// <summary>A call on its way out of a grain or the host; filters run where the call was made.</summary>
public interface IOutgoingGrainCallContext : IGrainCallContext
{
    /// <summary>The activation that calls, null if the call comes from outside grains.</summary>
    IGrainContext? SourceContext { get; }
}
