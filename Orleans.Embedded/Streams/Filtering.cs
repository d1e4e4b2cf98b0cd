using Orleans.Runtime;

namespace Orleans.Streams.Filtering;

/// <summary>Says which batches a subscription gets; registered with <c>AddStreamFilter</c>.</summary>
public interface IStreamFilter
{
    /// <summary>True if the event's batch goes to the subscription: one such event is enough.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="item">The event.</param>
    /// <param name="filterData">What the subscription gave.</param>
    bool ShouldDeliver(StreamId streamId, object item, string? filterData);
}
