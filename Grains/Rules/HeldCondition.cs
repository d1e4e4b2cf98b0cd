namespace Weir.Grains.Rules;

/// <summary>
/// A condition that counts when it has held for a time without a break, and until it has not held for a time. Times are
/// those of what is looked at, in microseconds; one that comes late changes nothing. Not thread-safe.
/// </summary>
internal sealed class HeldCondition(long hold, long clear)
{
    private long newest = long.MinValue;
    private long? otherSince;

    /// <summary>Whether it counts.</summary>
    public bool Stands { get; private set; }

    /// <summary>Takes in whether it holds at a time; answers whether it counts.</summary>
    public bool Look(bool holds, long time)
    {
        if (time < newest) return Stands;
        newest = time;
        if (holds == Stands)
        {
            otherSince = null;
            return Stands;
        }
        otherSince ??= time;
        if (time - otherSince >= (Stands ? clear : hold))
        {
            Stands = holds;
            otherSince = null;
        }
        return Stands;
    }
}
