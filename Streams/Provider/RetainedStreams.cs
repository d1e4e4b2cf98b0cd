using Orleans.Runtime;

namespace Weir.Streams.Provider;

/// <summary>
/// Knows which Orleans streams have events in a queue's store, and announces them to the agent: an agent serves a
/// subscription only to streams that it has heard of since its start, or lately, so that one that begins in the past
/// would otherwise wait for its stream's next event.
/// </summary>
internal sealed class RetainedStreams(QueueWindow window, TimeSpan announceEvery, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<StreamId, StreamPosition> newest = [];
    private long announcedAt = time.GetTimestamp();

    /// <summary>Tells of a batch that was read.</summary>
    public void Saw(StreamBatchContainer batch)
    {
        lock (gate) newest[batch.StreamId] = batch.Position;
    }

    /// <summary>Looks through what was stored before this start, beside everything else.</summary>
    public async Task ScanAsync(StreamPosition end, CancellationToken cancellationToken)
    {
        await using var reader = await window.Source.OpenReaderAsync(StreamPosition.Earliest, cancellationToken);
        while (reader.Position < end && await reader.TryReadAsync(cancellationToken: cancellationToken) is { } read)
        {
            var found = Scan(read, end);
            read.Release();
            window.Announce(found);
            if (read.EndOfStream) break;
        }
    }

    /// <summary>Announces all streams again, when it is time; those that the store has let go of are forgotten.</summary>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(announcedAt) < announceEvery) return;
        announcedAt = time.GetTimestamp();
        var source = window.Source;
        if (await source.Store.DescribeAsync(source.Name, cancellationToken) is not { } queue) return;
        StreamId[] known;
        lock (gate)
        {
            foreach (var (streamId, _) in newest.Where(stream => stream.Value < queue.Head).ToList()) newest.Remove(streamId);
            known = [.. newest.Keys];
        }
        window.Announce(known);
    }

    // The streams that were not known yet.
    private List<StreamId> Scan(StreamBatch read, StreamPosition end)
    {
        var found = new List<StreamId>();
        foreach (ref readonly var stored in read.Events.Span)
        {
            if (stored.Position >= end) break;
            if (!QueueEvent.TryRead(stored.Payload.Span, out var batch)) continue;
            lock (gate)
            {
                if (newest.TryAdd(batch.StreamId, stored.Position)) found.Add(batch.StreamId);
                else if (newest[batch.StreamId] < stored.Position) newest[batch.StreamId] = stored.Position;
            }
        }
        return found;
    }
}
