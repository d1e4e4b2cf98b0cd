using Weir.Pravega;

namespace Weir.Streams.Pravega.Shared;

/// <summary>Which part of the key space each queue has: equal parts, the lower bound excluded, as with Pravega's segments.</summary>
internal sealed class KeyRanges(int count)
{
    private readonly double[] highs = [.. Enumerable.Range(1, count).Select(i => i == count ? 1.0 : (double)i / count)];

    public int Count => count;

    public (double Low, double High) this[int queue] => (queue == 0 ? 0 : highs[queue - 1], highs[queue]);

    /// <summary>The queue of a key's place.</summary>
    public int QueueOf(double place)
    {
        var found = Array.BinarySearch(highs, place);
        return found >= 0 ? found : ~found;
    }

    /// <summary>The queue of a key.</summary>
    public int QueueOf(ReadOnlySpan<char> key) => QueueOf(RoutingKey.Place(key));
}
