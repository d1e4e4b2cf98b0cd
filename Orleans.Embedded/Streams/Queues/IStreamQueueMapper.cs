using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Says which stream is on which queue. Every process of a cluster must use the same mapping.</summary>
public interface IStreamQueueMapper
{
    /// <summary>All queues.</summary>
    IEnumerable<QueueId> GetAllQueues();

    /// <summary>The queue of a stream.</summary>
    QueueId GetQueueForStream(StreamId streamId);
}

/// <summary>A mapper whose queues lie on a hash ring, so that silos can share them by ranges.</summary>
public interface IConsistentRingStreamQueueMapper : IStreamQueueMapper
{
    /// <summary>The queues in a range.</summary>
    IEnumerable<QueueId> GetQueuesForRange(IRingRange range);
}
