namespace Weir.Streams.SegmentLog;

/// <summary>The segments of a stream, oldest first. The appender alone changes it, in whole steps; anybody reads it.</summary>
internal sealed class SegmentSet(IEnumerable<Segment> found, long tail)
{
    private volatile Segment[] segments = [.. found];
    private long tail = tail;

    public IReadOnlyList<Segment> All => segments;

    /// <summary>The newest segment; null before the first append.</summary>
    public Segment? Last => segments is [.., var last] ? last : null;

    /// <summary>The offset of the oldest event.</summary>
    public long Head => segments is [var first, ..] ? first.Base : Tail;

    /// <summary>The offset after the newest event that readers may see.</summary>
    public long Tail => Volatile.Read(ref tail);

    public long Bytes
    {
        get
        {
            var sum = 0L;
            foreach (var segment in segments) sum += segment.Length + segment.FooterBytes;
            return sum;
        }
    }

    public long Events
    {
        get
        {
            var sum = 0L;
            foreach (var segment in segments) sum += segment.NextOffset - segment.Base;
            return sum;
        }
    }

    /// <summary>The segment that holds an offset, or the last one that begins before it; null where there is none.</summary>
    public Segment? Locate(long offset)
    {
        var known = segments;
        var (low, high) = (0, known.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (known[middle].Base <= offset) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? null : known[low - 1];
    }

    /// <summary>Whether a segment is there still, and the one after it; null where it is the last.</summary>
    public bool TryGetNext(Segment segment, out Segment? next)
    {
        var known = segments;
        var at = Array.LastIndexOf(known, segment);
        next = at >= 0 && at + 1 < known.Length ? known[at + 1] : null;
        return at >= 0;
    }

    /// <summary>Adds the next segment; an empty last one gives way to it.</summary>
    public void Add(Segment segment) =>
        segments = segments is [.., { IsEmpty: true }] ? [.. segments[..^1], segment] : [.. segments, segment];

    /// <summary>Removes the oldest segment.</summary>
    public void RemoveFirst() => segments = segments[1..];

    public void Advance(long newTail) => Volatile.Write(ref tail, newTail);
}
