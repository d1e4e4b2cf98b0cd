using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Weir.Streams.Provider;

/// <summary>A queue's stream in the store, as readers of a provider need it.</summary>
internal sealed class QueueSource(
    IStreamStore store, StreamName name, IStreamEventSerializer serializer, QueueMetrics metrics, ILogger logger)
{
    public IStreamStore Store => store;

    public StreamName Name => name;

    public ILogger Logger => logger;

    public QueueMetrics Metrics => metrics;

    public Task<IStreamReader> OpenReaderAsync(StreamPosition from, CancellationToken cancellationToken) =>
        store.OpenReaderAsync(name, from, cancellationToken);

    /// <summary>The position that a token stands for: its own, or the one that its time has in the queue.</summary>
    public async ValueTask<StreamPosition> ResolveAsync(StreamPosition position, CancellationToken cancellationToken) =>
        StreamToken.IsTime(position) ? await store.FindAsync(name, position.Offset, cancellationToken) : position;

    /// <summary>
    /// The batches that a read gave, of one stream only where that is asked for. They have bytes of their own: what was
    /// read may be released.
    /// </summary>
    public List<StreamBatchContainer> Decode(StreamBatch read, StreamId? only = null)
    {
        var events = read.Events.Span;
        var batches = new List<StreamBatchContainer>(only is null ? events.Length : 0);
        for (var i = 0; i < events.Length; i++)
        {
            ref readonly var stored = ref events[i];
            if (only is { } streamId && !QueueEvent.IsOf(streamId, stored.Payload.Span)) continue;
            var next = i + 1 < events.Length ? events[i + 1].Position : read.Next;
            if (StreamBatchContainer.TryRead(stored, next, serializer) is { } batch) batches.Add(batch);
            else StreamProviderMessages.ForeignEvent(logger, name, stored.Position);
        }
        return batches;
    }

    public void GapMet(StreamGap gap)
    {
        metrics.GapMet(gap);
        StreamProviderMessages.GapMet(logger, name, gap.From, gap.To, gap.Cause, gap.Detail);
    }

    public void ReadBackFailed(StreamId streamId, StreamPosition at, Exception exception) =>
        StreamProviderMessages.ReadBackFailed(logger, name, streamId, at, exception);
}
