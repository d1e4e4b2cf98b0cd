namespace Weir.Mqtt;

/// <summary>
/// Keeps one client to a rate: what it may send at once is one second's worth; beyond that it must wait. Not thread-safe.
/// </summary>
internal sealed class RateLimit(long messagesPerSecond, long bytesPerSecond, BrokerClock clock)
{
    private double messages = messagesPerSecond;
    private double bytes = bytesPerSecond;
    private long last = clock.Milliseconds;

    public static RateLimit? For(MqttBrokerOptions options, BrokerClock clock) =>
        options is { MaxMessageRate: 0, MaxByteRate: 0 } ? null : new RateLimit(options.MaxMessageRate, options.MaxByteRate, clock);

    /// <summary>Counts what came and gives how long the client is not to be read.</summary>
    public TimeSpan Take(int newMessages, long newBytes)
    {
        var now = clock.Milliseconds;
        var seconds = (now - last) / 1000.0;
        last = now;
        messages = Math.Min(messagesPerSecond, messages + seconds * messagesPerSecond) - newMessages;
        bytes = Math.Min(bytesPerSecond, bytes + seconds * bytesPerSecond) - newBytes;
        var wait = 0.0;
        if (messagesPerSecond > 0 && messages < 0) wait = -messages / messagesPerSecond;
        if (bytesPerSecond > 0 && bytes < 0) wait = Math.Max(wait, -bytes / bytesPerSecond);
        return TimeSpan.FromSeconds(wait);
    }
}
