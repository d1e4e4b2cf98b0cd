using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>
/// The segments of a stream that has one at a time. A scale, or a transaction that is committed over one, puts a segment in
/// the place of another: the chain goes on in a later epoch, and a position names its segment by the epoch.
/// </summary>
internal sealed class SegmentChain(PravegaClient client, ScopedStream stream, StreamName name)
{
    public ScopedStream Stream => stream;

    /// <summary>The oldest position that is there.</summary>
    public async Task<StreamPosition> HeadAsync(CancellationToken cancellationToken)
    {
        var head = await client.Controller.GetHeadAsync(stream, cancellationToken).ConfigureAwait(false);
        if (head.Offsets.Count != 1) throw TooMany(head.Offsets.Count);
        var (id, offset) = head.Offsets.First();
        return new StreamPosition(new StreamSegment(stream, id).Epoch, offset);
    }

    /// <summary>The last segment of the chain, and what it is just now.</summary>
    public async Task<(StreamSegment Segment, SegmentInfo Info, bool IsSealed)> LastAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = await client.Controller.GetCurrentSegmentsAsync(stream, cancellationToken).ConfigureAwait(false);
            if (current.Count > 1) throw TooMany(current.Count);
            var segment = current.Count == 1
                ? current[0].Segment
                : await LastOfSealedAsync(cancellationToken).ConfigureAwait(false);
            // Gone where the stream was scaled and truncated just now; deleted, the next look says so.
            if (await client.GetSegmentInfoAsync(segment, cancellationToken).ConfigureAwait(false) is { } info)
                return (segment, info, current.Count == 0);
        }
    }

    /// <summary>The segment of a position's epoch; null where there is none.</summary>
    public async Task<StreamSegment?> SegmentOfAsync(int epoch, CancellationToken cancellationToken)
    {
        try
        {
            var segments = await client.Controller.GetEpochSegmentsAsync(stream, epoch, cancellationToken).ConfigureAwait(false);
            return segments.Count == 1 ? segments[0].Segment : throw TooMany(segments.Count);
        }
        catch (PravegaException e) when (e is not PravegaUnavailableException)
        {
            // An epoch that the stream has not come to yet.
            if (!await client.Controller.StreamExistsAsync(stream, cancellationToken).ConfigureAwait(false)) throw new StreamNotFoundException(name);
            return null;
        }
    }

    /// <summary>The segment that follows; null where the chain ends there.</summary>
    public async Task<StreamSegment?> NextAsync(StreamSegment segment, CancellationToken cancellationToken)
    {
        var next = await client.Controller.GetSuccessorsAsync(segment, cancellationToken).ConfigureAwait(false);
        return next.Count switch
        {
            0 => null,
            1 => next[0].Range.Segment,
            _ => throw TooMany(next.Count),
        };
    }

    private async Task<StreamSegment> LastOfSealedAsync(CancellationToken cancellationToken)
    {
        var head = await HeadAsync(cancellationToken).ConfigureAwait(false);
        var segment = await SegmentOfAsync(head.Epoch, cancellationToken).ConfigureAwait(false) ?? throw new StreamNotFoundException(name);
        while (await NextAsync(segment, cancellationToken).ConfigureAwait(false) is { } next) segment = next;
        return segment;
    }

    private StreamStoreException TooMany(int count) => new(
        $"The stream '{name}' has {count} segments in Pravega, but Weir's streams have one, so that their events have one order. "
        + "Somebody has scaled it; scale it back to one segment.");
}
