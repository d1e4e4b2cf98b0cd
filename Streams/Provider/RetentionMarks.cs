namespace Weir.Streams.Provider;

/// <summary>
/// Remembers, roughly, when each part of a queue was written and how many bytes came since, to tell what has left the
/// window that is kept for replay.
/// </summary>
internal sealed class RetentionMarks(TimeSpan keepAge, long keepBytes)
{
    // So finely are age and bytes told apart; it bounds how many marks there are.
    private const int Steps = 64;

    private readonly Queue<Mark> marks = new();
    private Mark last;
    private long totalBytes;

    /// <summary>Tells of what was read.</summary>
    /// <param name="next">The position after it.</param>
    /// <param name="timestamp">When the last of it was written, in microseconds since 1970-01-01 UTC.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Add(StreamPosition next, long timestamp, long bytes)
    {
        totalBytes += bytes;
        var isFar = totalBytes - last.BytesBefore >= keepBytes / Steps
            || timestamp - last.Timestamp >= keepAge.Ticks / TimeSpan.TicksPerMicrosecond / Steps;
        if (!isFar) return;
        last = new Mark(next, timestamp, totalBytes);
        marks.Enqueue(last);
    }

    /// <summary>The furthest position, not behind <paramref name="done"/>, before which all has left the window.</summary>
    public StreamPosition? GiveUpBefore(StreamPosition done, long now)
    {
        StreamPosition? before = null;
        while (marks.TryPeek(out var oldest) && oldest.Next <= done
            && (now - oldest.Timestamp >= keepAge.Ticks / TimeSpan.TicksPerMicrosecond
                || totalBytes - oldest.BytesBefore >= keepBytes))
        {
            before = oldest.Next;
            marks.Dequeue();
        }
        return before;
    }

    private readonly record struct Mark(StreamPosition Next, long Timestamp, long BytesBefore);
}
