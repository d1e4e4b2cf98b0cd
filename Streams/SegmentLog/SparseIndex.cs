namespace Weir.Streams.SegmentLog;

/// <summary>A batch that the index knows.</summary>
/// <param name="Offset">Its first offset.</param>
/// <param name="Position">Where it lies in the file.</param>
/// <param name="MaxTimestampBefore">The greatest timestamp of the segment's events before it; the least number where there are none.</param>
internal readonly record struct IndexEntry(long Offset, long Position, long MaxTimestampBefore);

/// <summary>Finds the place in a segment file from which to look for an offset or a time; one entry each 64 KiB.</summary>
internal sealed class SparseIndex
{
    private const int Interval = 64 << 10;

    private readonly Lock gate = new();
    private readonly List<IndexEntry> entries;

    public SparseIndex() => entries = [];

    public SparseIndex(IEnumerable<IndexEntry> known) => entries = [.. known];

    public int Count
    {
        get
        {
            lock (gate) return entries.Count;
        }
    }

    /// <summary>Tells of a batch; kept if the last one kept lies far enough before it.</summary>
    public void Add(in IndexEntry batch)
    {
        lock (gate)
        {
            if (entries.Count == 0 || batch.Position - entries[^1].Position >= Interval) entries.Add(batch);
        }
    }

    /// <summary>The last known batch that begins at or before an offset; null where none is known.</summary>
    public IndexEntry? FindOffset(long offset) => LastWhere(entry => entry.Offset <= offset);

    /// <summary>The last known batch before which all is older than a time; null where none is known.</summary>
    public IndexEntry? FindTime(long timestamp) => LastWhere(entry => entry.MaxTimestampBefore < timestamp);

    public IReadOnlyList<IndexEntry> ToList()
    {
        lock (gate) return [.. entries];
    }

    // What is asked holds for the first entries and for none after them: both offsets and greatest timestamps rise.
    private IndexEntry? LastWhere(Func<IndexEntry, bool> holds)
    {
        lock (gate)
        {
            var (low, high) = (0, entries.Count);
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                if (holds(entries[middle])) low = middle + 1;
                else high = middle;
            }
            return low == 0 ? null : entries[low - 1];
        }
    }
}
