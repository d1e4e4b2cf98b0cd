using System.Diagnostics.Metrics;

namespace Weir.Mqtt;

/// <summary>
/// The broker's counts, raised once a batch. As metrics they are read when somebody collects (meter
/// <c>Weir.Mqtt</c>).
/// </summary>
internal sealed class BrokerCounters : IDisposable
{
    public const string MeterName = "Weir.Mqtt";

    private readonly Meter meter;
    private readonly DropCounts dropped = new();
    private long accepted;
    private long refused;
    private long messagesReceived;
    private long messagesSent;
    private long bytesReceived;
    private long bytesSent;

    public BrokerCounters(IMeterFactory? factory, Func<int> connections, Func<int> sessions)
    {
        meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        meter.CreateObservableUpDownCounter("weir.mqtt.connections", connections, "{connection}", "Connections that are open.");
        meter.CreateObservableUpDownCounter("weir.mqtt.sessions", sessions, "{session}", "Sessions that are held.");
        meter.CreateObservableCounter("weir.mqtt.connections.accepted", () => ConnectionsAccepted, "{connection}", "Connections taken.");
        meter.CreateObservableCounter("weir.mqtt.connections.refused", () => ConnectionsRefused, "{connection}", "Connections refused.");
        meter.CreateObservableCounter("weir.mqtt.messages.received", () => MessagesReceived, "{message}", "Messages from publishers.");
        meter.CreateObservableCounter("weir.mqtt.messages.sent", () => MessagesSent, "{message}", "Messages to subscribers.");
        meter.CreateObservableCounter("weir.mqtt.bytes.received", () => BytesReceived, "By", "Bytes received.");
        meter.CreateObservableCounter("weir.mqtt.bytes.sent", () => BytesSent, "By", "Bytes sent.");
        meter.CreateObservableCounter("weir.mqtt.messages.dropped", MeasureDropped, "{message}", "Messages dropped, by cause.");
    }

    public long ConnectionsAccepted => Volatile.Read(ref accepted);
    public long ConnectionsRefused => Volatile.Read(ref refused);
    public long MessagesReceived => Volatile.Read(ref messagesReceived);
    public long MessagesSent => Volatile.Read(ref messagesSent);
    public long BytesReceived => Volatile.Read(ref bytesReceived);
    public long BytesSent => Volatile.Read(ref bytesSent);

    public DroppedMessages Dropped => dropped.Read();

    public void Accept() => Interlocked.Increment(ref accepted);

    public void Refuse() => Interlocked.Increment(ref refused);

    public void Receive(int messages) => Interlocked.Add(ref messagesReceived, messages);

    public void ReceiveBytes(long bytes) => Interlocked.Add(ref bytesReceived, bytes);

    public void Send(int messages, long bytes)
    {
        if (messages > 0) Interlocked.Add(ref messagesSent, messages);
        Interlocked.Add(ref bytesSent, bytes);
    }

    public void Drop(DropCause cause, int messages = 1) => dropped.Add(cause, messages);

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> MeasureDropped()
    {
        foreach (var cause in DropCounts.Causes) yield return new(dropped.Of(cause), new KeyValuePair<string, object?>("cause", cause.ToString()));
    }
}
