using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Calls;

/// <summary>The filters of the silo, in the order in which they were added.</summary>
internal sealed class CallFilters(IServiceProvider services)
{
    private IIncomingGrainCallFilter[]? _incoming;
    private IOutgoingGrainCallFilter[]? _outgoing;

    // A filter may itself ask for what sends calls, so they are made when the first call is.
    public IIncomingGrainCallFilter[] Incoming => _incoming ?? Make(ref _incoming);

    public IOutgoingGrainCallFilter[] Outgoing => _outgoing ?? Make(ref _outgoing);

    private T[] Make<T>(ref T[]? filters)
    {
        lock (this) return filters ??= [.. services.GetServices<T>()];
    }
}

/// <summary>A function as a filter.</summary>
internal sealed class IncomingFilterFunction(IncomingGrainCallFilterDelegate function) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) => function(context);
}

/// <summary>A function as a filter.</summary>
internal sealed class OutgoingFilterFunction(OutgoingGrainCallFilterDelegate function) : IOutgoingGrainCallFilter
{
    public Task Invoke(IOutgoingGrainCallContext context) => function(context);
}
