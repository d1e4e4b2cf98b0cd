using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Pravega.Shared;

/// <summary>
/// Puts a stream of Orleans into the queue that has its key's place. The queues lie on the ring as those of Orleans' own
/// mapper, by which silos share them.
/// </summary>
internal sealed class KeyRangeQueueMapper : IConsistentRingStreamQueueMapper
{
    private readonly HashRingBasedStreamQueueMapper ring;
    private readonly QueueId[] queues;
    private readonly KeyRanges ranges;

    public KeyRangeQueueMapper(string provider, int count)
    {
        ring = new HashRingBasedStreamQueueMapper(new HashRingStreamQueueMapperOptions { TotalQueueCount = count }, provider);
        queues = [.. ring.GetAllQueues().OrderBy(queue => queue.GetNumericId())];
        ranges = new KeyRanges(count);
    }

    public IEnumerable<QueueId> GetAllQueues() => queues;

    public IEnumerable<QueueId> GetQueuesForRange(IRingRange range) => ring.GetQueuesForRange(range);

    public QueueId GetQueueForStream(StreamId streamId) => queues[ranges.QueueOf(streamId.ToString())];
}
