using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// Spreads streams over queues that lie at equal distances on the ring of 32-bit hashes: a stream is on the first
/// queue at or after its hash. Thread-safe.
/// </summary>
public class HashRingBasedStreamQueueMapper : IConsistentRingStreamQueueMapper
{
    private const long RingSize = 1L << 32;
    private readonly QueueId[] _queues;

    /// <summary>A mapper with that many queues, named <c>prefix-0</c> and so on.</summary>
    public HashRingBasedStreamQueueMapper(HashRingStreamQueueMapperOptions options, string queueNamePrefix)
    {
        ArgumentNullException.ThrowIfNull(options);
        var count = options.TotalQueueCount;
        if (count < 1)
        {
            throw new ArgumentException(
                $"stream queues '{queueNamePrefix}': TotalQueueCount must be at least 1, but is {count}", nameof(options));
        }

        // The distances are Orleans' own, so that both runtimes put a stream on the same queue.
        var distance = count == 1 ? 0 : (uint)(RingSize / count + 1);
        _queues = new QueueId[count];
        for (uint i = 0; i < count; i++)
        {
            _queues[i] = QueueId.GetQueueId(queueNamePrefix, i, checked(distance * i));
        }
    }

    /// <inheritdoc/>
    public IEnumerable<QueueId> GetAllQueues() => _queues;

    /// <inheritdoc/>
    public IEnumerable<QueueId> GetQueuesForRange(IRingRange range) =>
        _queues.Where(queue => range.InRange(queue.GetUniformHashCode()));

    /// <inheritdoc/>
    public QueueId GetQueueForStream(StreamId streamId)
    {
        var hash = (uint)streamId.GetHashCode();
        int low = 0, high = _queues.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_queues[middle].GetUniformHashCode() < hash) low = middle + 1;
            else high = middle;
        }

        return _queues[low == _queues.Length ? 0 : low];
    }

    /// <summary>The queues with their places.</summary>
    public override string ToString() =>
        string.Join(Environment.NewLine, _queues.Select(queue => queue.ToStringWithHashCode()));
}
