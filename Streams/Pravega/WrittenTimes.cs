namespace Weir.Streams.Pravega;

/// <summary>
/// Makes parts for the index by time out of what a writer appends: whatever lies between its own appends, another has
/// written, and the part begins anew. Safe for many callers at once.
/// </summary>
internal sealed class WrittenTimes
{
    // Acknowledgements come in order, but their callers go on side by side.
    private const int MostWaiting = 64;

    private readonly Lock gate = new();
    private readonly SortedDictionary<StreamPosition, TimePart> waiting = [];
    private TimePart? growing;

    /// <summary>Tells of an append. Answers with a part where one is large enough.</summary>
    public TimePart? Appended(in StreamRange range, long highest)
    {
        if (range.Next <= range.First) return null;
        lock (gate)
        {
            waiting[range.First] = new TimePart(range.First, range.Next, highest, range.Next.Offset - range.First.Offset);
            if (waiting.Count > MostWaiting) growing = null;
            while (waiting.Count > 0 && (growing is null || waiting.ContainsKey(growing.Value.To)))
            {
                var at = growing?.To ?? waiting.First().Key;
                waiting.Remove(at, out var next);
                growing = growing is { } before
                    ? new TimePart(before.From, next.To, Math.Max(before.Highest, next.Highest), before.Bytes + next.Bytes)
                    : next;
            }
            // What lies before it was passed when it began anew.
            while (waiting.Count > 0 && waiting.First() is var (first, _) && growing is { } now && first < now.To) waiting.Remove(first);
            if (growing is not { Bytes: >= TimeIndex.PartBytes } whole) return null;
            growing = null;
            return whole;
        }
    }
}
