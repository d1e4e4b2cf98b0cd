namespace Orleans;

/// <summary>
/// Runs round every call into a grain, in a turn of it: all those of the silo in the order in which they were added,
/// and then the grain itself, if its class implements this interface.
/// </summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Does its work and goes on by <see cref="IGrainCallContext.Invoke"/>.</summary>
    Task Invoke(IIncomingGrainCallContext context);
}

/// <summary>Runs round every call out of grains and the host, in the order in which they were added.</summary>
public interface IOutgoingGrainCallFilter
{
    /// <summary>Does its work and goes on by <see cref="IGrainCallContext.Invoke"/>.</summary>
    Task Invoke(IOutgoingGrainCallContext context);
}

/// <summary>An <see cref="IIncomingGrainCallFilter"/> as a function.</summary>
public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

/// <summary>An <see cref="IOutgoingGrainCallFilter"/> as a function.</summary>
public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);
