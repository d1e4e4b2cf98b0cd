namespace Weir.Pravega.Reading;

/// <summary>A segment that follows others, with the ranges of those as far as they matter to a reader.</summary>
internal readonly record struct SuccessorRange(SegmentRange Range, IReadOnlyList<SegmentRange> Predecessors);

/// <summary>
/// Which segments a reader of a key range is in, and which it may begin: the rule by which the events of a key come in
/// order over splits and merges. A pure state machine.
/// </summary>
/// <remarks>
/// The events of a key lie in a segment until it is sealed, and then in exactly one of those that follow it. So a segment
/// may begin when all that it follows, as far as they hold keys of this reader, have been read to their end.
/// </remarks>
internal sealed class SegmentFrontier(double low, double high)
{
    private readonly Dictionary<StreamSegment, long> active = [];

    // Read to the end, and still needed to find the way from there again.
    private readonly Dictionary<StreamSegment, Ended> ended = [];
    private readonly Dictionary<StreamSegment, HashSet<StreamSegment>> missing = [];
    private readonly HashSet<StreamSegment> known = [];
    private readonly Dictionary<StreamSegment, SegmentRange> ranges = [];

    /// <summary>The segments that are read now.</summary>
    public IReadOnlyDictionary<StreamSegment, long> Active => active;

    /// <summary>Whether there is nothing to read now, nor later.</summary>
    public bool IsAtEnd => active.Count == 0 && missing.Count == 0;

    /// <summary>Begins a segment, where it holds keys of this reader. False where it does not.</summary>
    public bool Begin(SegmentRange range, long offset)
    {
        if (!range.Overlaps(low, high) || !known.Add(range.Segment)) return false;
        active.Add(range.Segment, offset);
        ranges.Add(range.Segment, range);
        return true;
    }

    /// <summary>A segment was read up to an offset.</summary>
    public void Advance(StreamSegment segment, long offset) => active[segment] = offset;

    /// <summary>A segment was read to its end.</summary>
    /// <param name="segment">An active segment.</param>
    /// <param name="followers">What follows it; none where the stream is sealed.</param>
    /// <returns>The segments that may begin now.</returns>
    public IReadOnlyList<SegmentRange> End(StreamSegment segment, IReadOnlyList<SuccessorRange> followers)
    {
        if (!active.Remove(segment, out var end)) throw new InvalidOperationException($"The segment '{segment}' is not being read.");
        ranges.Remove(segment, out var own);
        var waiting = new HashSet<StreamSegment>();
        var begun = new List<SegmentRange>();
        foreach (var (range, predecessors) in followers)
        {
            if (!range.Overlaps(low, high)) continue;
            if (!missing.TryGetValue(range.Segment, out var left))
            {
                // Begun already: this reader started from a position behind it.
                if (!known.Add(range.Segment)) continue;
                left = [.. predecessors.Where(p => p.Overlaps(low, high)).Select(p => p.Segment)];
                missing.Add(range.Segment, left);
                // Those that had ended before this one was known.
                left.RemoveWhere(ended.ContainsKey);
            }
            left.Remove(segment);
            if (left.Count > 0)
            {
                waiting.Add(range.Segment);
                continue;
            }
            missing.Remove(range.Segment);
            active.Add(range.Segment, 0);
            ranges.Add(range.Segment, range);
            begun.Add(range);
            foreach (var other in ended.Values) other.Waiting.Remove(range.Segment);
        }
        ended.Add(segment, new Ended(own, end, waiting));
        ForgetWhatIsNotNeeded();
        return begun;
    }

    /// <summary>The segments that are read now, with their keys.</summary>
    public IEnumerable<(SegmentRange Range, long Offset)> ActiveRanges => active.Select(entry => (ranges[entry.Key], entry.Value));

    /// <summary>
    /// Where to go on later. A segment that has ended stays in it while one that follows waits for another: going on there
    /// finds its end again at once, and what has begun or ended since is in it, too, and so not begun twice.
    /// </summary>
    public Dictionary<long, long> Position()
    {
        var position = active.ToDictionary(entry => entry.Key.Id, entry => entry.Value);
        foreach (var (segment, at) in ended) position[segment.Id] = at.Offset;
        return position;
    }

    // A segment that has ended is needed while one that follows it waits, and while one that it follows is still here: who
    // goes on from that one comes to it again, and must find that it has been read. An older segment with some of the same
    // keys is one that it follows.
    private void ForgetWhatIsNotNeeded()
    {
        while (true)
        {
            var needless = ended.Values.Where(e => e.Waiting.Count == 0 && !HasOlder(e.Range)).Select(e => e.Range.Segment).ToArray();
            if (needless.Length == 0) return;
            foreach (var segment in needless) ended.Remove(segment);
        }
    }

    private bool HasOlder(SegmentRange range) =>
        ended.Values.Select(e => e.Range).Concat(ranges.Values)
            .Any(other => other.Segment.Epoch < range.Segment.Epoch && other.Overlaps(range.Low, range.High));

    private sealed record Ended(SegmentRange Range, long Offset, HashSet<StreamSegment> Waiting);
}
