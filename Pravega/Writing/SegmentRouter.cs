namespace Weir.Pravega.Writing;

/// <summary>
/// Which segment a key's events go to: key ranges, without gap or overlap, each with its target. A pure state machine.
/// </summary>
/// <remarks>
/// When a segment is sealed, only its own range goes over to the successors, even where a successor holds more: the other
/// part still belongs to a segment whose seal has not been seen, and its unacknowledged events must come first.
/// </remarks>
internal sealed class SegmentRouter<T> where T : class
{
    private double[] highs = [];
    private double[] lows = [];
    private T[] targets = [];

    /// <summary>The targets, each once.</summary>
    public IEnumerable<T> Targets => targets.Distinct();

    /// <summary>Begins with ranges that hold every key once.</summary>
    public void Start(IEnumerable<(double Low, double High, T Target)> ranges)
    {
        var ordered = ranges.OrderBy(range => range.High).ToArray();
        lows = [.. ordered.Select(range => range.Low)];
        highs = [.. ordered.Select(range => range.High)];
        targets = [.. ordered.Select(range => range.Target)];
    }

    /// <summary>The target of a place: that with the smallest upper bound which is not below it.</summary>
    public T Route(double place)
    {
        var bounds = highs;
        if (bounds.Length == 1) return targets[0];
        var (low, high) = (0, bounds.Length - 1);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (bounds[middle] < place) low = middle + 1;
            else high = middle;
        }
        return targets[low];
    }

    /// <summary>Puts successors in the place of a target, within its own range only.</summary>
    public void Replace(T former, IReadOnlyList<(double Low, double High, T Target)> successors)
    {
        var ranges = new List<(double Low, double High, T Target)>();
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] != former)
            {
                ranges.Add((lows[i], highs[i], targets[i]));
                continue;
            }
            foreach (var (low, high, target) in successors)
            {
                var (from, to) = (Math.Max(low, lows[i]), Math.Min(high, highs[i]));
                if (from < to) ranges.Add((from, to, target));
            }
        }
        Start(ranges);
    }
}
