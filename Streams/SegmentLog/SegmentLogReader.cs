namespace Weir.Streams.SegmentLog;

/// <summary>A cursor over the segments of a stream.</summary>
internal sealed class SegmentLogReader(StreamLog log, StreamPosition from) : IStreamReader
{
    private readonly BatchDecoder decoder = new();
    private Segment? segment;
    private bool isFromEarliest = from == StreamPosition.Earliest;
    private long offset = from.Offset;
    private bool isDisposed;

    public StreamName Stream => log.Name;

    public StreamPosition Position => isFromEarliest ? StreamPosition.Earliest : StreamLog.At(offset);

    public async ValueTask<StreamBatch> ReadAsync(
        int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Read(maxEvents, maxBytes) is { } batch) return batch;
            await log.WaitAsync(offset, cancellationToken);
        }
    }

    public ValueTask<StreamBatch?> TryReadAsync(
        int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(maxEvents, maxBytes));
    }

    public ValueTask DisposeAsync()
    {
        if (!isDisposed) Leave();
        isDisposed = true;
        return ValueTask.CompletedTask;
    }

    private StreamBatch? Read(int maxEvents, int maxBytes)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEvents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        while (true)
        {
            log.ThrowIfEnded();
            if (Missing() is { } missing) return missing;
            if (segment is null && !TryEnter(out var unreadable))
            {
                if (unreadable is not null) return unreadable;
                if (log.Segments.Last is null) return AtTail();
                continue;
            }
            if (offset >= segment!.NextOffset)
            {
                var isThere = log.Segments.TryGetNext(segment, out var next);
                // The segment may have grown until just before it was closed.
                if (offset < segment.NextOffset) continue;
                if (isThere && next is null) return AtTail();
                Leave();
                if (next is not null && next.Base > offset)
                    return Lost(next.Base, GapCause.Corrupt, "were lost with the tail of a segment");
                continue;
            }
            if (Decode(segment, maxEvents, maxBytes) is { } batch) return batch;
        }
    }

    private StreamBatch? Decode(Segment current, int maxEvents, int maxBytes)
    {
        BatchMemory? given;
        long goesOnAt;
        try
        {
            given = decoder.Read(current, offset, maxEvents, maxBytes, out goesOnAt);
        }
        catch (IOException e)
        {
            throw StoreFailure.For(log.Name, log.Folder, "read", e);
        }
        if (given is not null)
        {
            isFromEarliest = false;
            offset += given.Events.Length;
            return new StreamBatch(given.Events, StreamLog.At(offset))
            {
                EndOfStream = log.IsSealed && offset == log.Segments.Tail, Memory = given,
            };
        }
        return goesOnAt > offset ? Lost(goesOnAt, GapCause.Corrupt, "do not match their checksum on disk") : null;
    }

    // What the stream does not have any more, or never had, at this offset.
    private StreamBatch? Missing()
    {
        var head = log.Segments.Head;
        if (offset < head)
        {
            Leave();
            if (!isFromEarliest) return Lost(head, log.HeadCause, "have been let go");
            offset = head;
        }
        if (offset <= log.Segments.Tail) return null;
        var gap = new StreamGap(
            StreamLog.At(offset), StreamLog.At(log.Segments.Tail), GapCause.Corrupt, null,
            $"Position {StreamLog.At(offset)} lies behind the end of stream '{log.Name}', which has lost its newest events; "
            + $"reading goes on at its end, {StreamLog.At(log.Segments.Tail)}.");
        return Tell(gap);
    }

    private StreamBatch? AtTail()
    {
        if (!log.IsSealed || offset < log.Segments.Tail) return null;
        isFromEarliest = false;
        return new StreamBatch(ReadOnlyMemory<StoredEvent>.Empty, StreamLog.At(offset)) { EndOfStream = true };
    }

    private bool TryEnter(out StreamBatch? unreadable)
    {
        unreadable = null;
        if (log.Segments.Locate(offset) is not { } found) return false;
        try
        {
            decoder.Enter(found, found.Pin(), offset);
            segment = found;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (log.Segments.Head > found.Base) return false; // truncated a moment ago
            var to = found.NextOffset > offset ? found.NextOffset
                : log.Segments.TryGetNext(found, out var next) && next is not null ? next.Base : offset;
            // Only what is gone is a gap: an error may pass.
            if (to == offset || e is not (FileNotFoundException or DirectoryNotFoundException))
                throw StoreFailure.For(log.Name, log.Folder, "read", e);
            unreadable = Lost(to, GapCause.Corrupt, "lie in a file that is not there any more");
            return false;
        }
    }

    private void Leave()
    {
        segment?.Unpin();
        segment = null;
        decoder.Leave();
    }

    private StreamBatch Lost(long to, GapCause cause, string why) => Tell(new StreamGap(
        StreamLog.At(offset), StreamLog.At(to), cause, to - offset,
        $"{to - offset} events of stream '{log.Name}', {StreamLog.At(offset)} to {StreamLog.At(to)}, {why}."));

    private StreamBatch Tell(StreamGap gap)
    {
        log.Metrics.GapMet(log.Name, gap);
        SegmentLogMessages.GapMet(log.Logger, log.Name, gap.Detail);
        offset = gap.To.Offset;
        isFromEarliest = false;
        return new StreamBatch(ReadOnlyMemory<StoredEvent>.Empty, gap.To, gap);
    }
}
