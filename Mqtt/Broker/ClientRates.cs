namespace Weir.Mqtt;

/// <summary>How many messages a second a client sends and gets, over the last second or two. One thread measures, any may read.</summary>
/// <param name="since">From when on it counts; nothing had come or gone before.</param>
internal sealed class ClientRates(long since)
{
    /// <summary>What a rate is taken over, in milliseconds.</summary>
    public const long Window = 1000;

    private long since = since;
    private long received;
    private long sent;

    public double Received { get; private set; }

    public double Sent { get; private set; }

    public void Measure(long now, long receivedUpToNow, long sentUpToNow)
    {
        var elapsed = now - since;
        if (elapsed < Window) return;
        Received = (receivedUpToNow - received) * 1000.0 / elapsed;
        Sent = (sentUpToNow - sent) * 1000.0 / elapsed;
        (since, received, sent) = (now, receivedUpToNow, sentUpToNow);
    }
}
