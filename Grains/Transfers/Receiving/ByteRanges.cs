namespace Weir.Grains.Transfers.Receiving;

/// <summary>The parts of a file that are there. For one caller at a time.</summary>
internal sealed class ByteRanges
{
    private readonly List<(long Start, long End)> ranges = [];

    /// <summary>How many bytes are there.</summary>
    public long Total { get; private set; }

    /// <summary>Where the last of them ends.</summary>
    public long End => ranges.Count == 0 ? 0 : ranges[^1].End;

    /// <summary>The first byte that is not there.</summary>
    public long FirstMissing => ranges.Count > 0 && ranges[0].Start == 0 ? ranges[0].End : 0;

    /// <summary>Adds a part; one that was there before, or overlaps, counts once.</summary>
    public void Add(long start, long length)
    {
        if (length == 0) return;
        var end = start + length;
        var at = ranges.FindIndex(range => range.End >= start);
        if (at < 0) at = ranges.Count;
        while (at < ranges.Count && ranges[at].Start <= end)
        {
            (start, end) = (Math.Min(start, ranges[at].Start), Math.Max(end, ranges[at].End));
            Total -= ranges[at].End - ranges[at].Start;
            ranges.RemoveAt(at);
        }
        ranges.Insert(at, (start, end));
        Total += end - start;
    }
}
