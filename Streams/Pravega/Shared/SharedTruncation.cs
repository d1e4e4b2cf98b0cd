using Weir.Pravega;

namespace Weir.Streams.Pravega.Shared;

/// <summary>The cut before which no queue of a shared stream needs anything: where queues disagree, the slower counts.</summary>
internal static class SharedTruncation
{
    /// <summary>Puts the queues' cuts together.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="needed">For each queue the segments it still needs, and from where.</param>
    /// <returns>
    /// A cut of the whole stream; null where there is none just now, since a queue is in the middle of a merge that others
    /// have passed.
    /// </returns>
    public static StreamCut? Together(ScopedStream stream, IEnumerable<IEnumerable<(SegmentRange Range, long Offset)>> needed)
    {
        var slowest = needed.SelectMany(queue => queue)
            .GroupBy(entry => entry.Range)
            .Select(group => (Range: group.Key, Offset: group.Min(entry => entry.Offset)))
            .OrderBy(entry => entry.Range.Segment.Epoch);
        var kept = new List<(SegmentRange Range, long Offset)>();
        foreach (var entry in slowest)
        {
            // A segment that follows one that is still needed goes with it.
            if (IsCovered(entry.Range, kept.Select(k => k.Range))) continue;
            if (kept.Exists(k => k.Range.Overlaps(entry.Range.Low, entry.Range.High))) return null;
            kept.Add(entry);
        }
        return IsCovered(new SegmentRange(default, 0, 1), kept.Select(k => k.Range))
            ? new StreamCut(stream, kept.Select(k => KeyValuePair.Create(k.Range.Segment.Id, k.Offset)))
            : null;
    }

    private static bool IsCovered(SegmentRange range, IEnumerable<SegmentRange> by)
    {
        var upTo = range.Low;
        foreach (var part in by.OrderBy(p => p.Low))
        {
            if (part.Low > upTo) break;
            upTo = Math.Max(upTo, part.High);
        }
        return upTo >= range.High;
    }
}
