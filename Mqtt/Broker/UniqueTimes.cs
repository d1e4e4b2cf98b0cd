namespace Weir.Mqtt;

/// <summary>
/// Times of receipt that no two messages share: by such a time who keeps a message of QoS 2 knows it again. Thread-safe.
/// </summary>
internal sealed class UniqueTimes(BrokerClock clock)
{
    /// <summary>
    /// So long ago it is, in microseconds: many may come at one time, and none may be ahead of the clock, lest who keeps it
    /// corrects it.
    /// </summary>
    private const long Behind = 1000;

    private long last;

    /// <summary>The time now, less a millisecond, in microseconds since 1970-01-01 UTC.</summary>
    public long Next()
    {
        var now = clock.UnixMicroseconds - Behind;
        while (true)
        {
            var before = Volatile.Read(ref last);
            var next = Math.Max(now, before + 1);
            if (Interlocked.CompareExchange(ref last, next, before) == before) return next;
        }
    }
}
