namespace Weir.Archive;

/// <summary>Counts events and tells their rate over the last whole seconds. May be used from any thread.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private const int Seconds = 10;

    private readonly Lock gate = new();
    private readonly long[] counts = new long[Seconds + 1];
    private readonly long start = time.GetTimestamp();
    private long newest;

    public long Total { get; private set; }

    public double PerSecond
    {
        get
        {
            lock (gate)
            {
                var now = Advance();
                var whole = Math.Min(now, Seconds);
                if (whole == 0) return counts[0];
                var sum = 0L;
                for (var second = now - whole; second < now; second++) sum += counts[second % counts.Length];
                return (double)sum / whole;
            }
        }
    }

    public void Count(long events)
    {
        lock (gate)
        {
            counts[Advance() % counts.Length] += events;
            Total += events;
        }
    }

    private long Advance()
    {
        var now = (long)time.GetElapsedTime(start).TotalSeconds;
        for (var second = Math.Max(newest + 1, now - Seconds); second <= now; second++) counts[second % counts.Length] = 0;
        return newest = Math.Max(newest, now);
    }
}
