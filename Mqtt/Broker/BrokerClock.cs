namespace Weir.Mqtt;

/// <summary>The broker's two clocks: one that never jumps, for intervals, and the calendar's, for messages.</summary>
internal sealed class BrokerClock(TimeProvider provider)
{
    private readonly long start = provider.GetTimestamp();

    public TimeProvider Provider => provider;

    /// <summary>Milliseconds since the broker was made, plus one: never 0.</summary>
    public long Milliseconds => (long)provider.GetElapsedTime(start).TotalMilliseconds + 1;

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public long UnixMicroseconds => (provider.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A time of the clock that never jumps, in milliseconds since 1970-01-01 UTC; 0 stays 0.</summary>
    public long ToUnixMilliseconds(long time) => time == 0 ? 0 : UnixMicroseconds / 1000 + time - Milliseconds;

    /// <summary>The other way. What lies before the broker's start becomes its start.</summary>
    public long FromUnixMilliseconds(long time) => time == 0 ? 0 : Math.Max(1, Milliseconds + time - UnixMicroseconds / 1000);

    public DateTimeOffset UtcNow => provider.GetUtcNow();
}
