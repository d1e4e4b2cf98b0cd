using System.Globalization;
using System.Reflection;
using System.Text;

namespace Weir.Mqtt;

/// <summary>
/// What the broker says of itself on <c>$SYS/broker/…</c>: retained, QoS 0, the names as mosquitto has them where it has
/// them. Clients may not publish there.
/// </summary>
internal sealed class SysTopics(MessageRouter router, BrokerClock clock)
{
    private readonly Dictionary<string, Topic> topics = new(StringComparer.Ordinal);
    private readonly long started = clock.Milliseconds;
    private BrokerStatistics? before;
    private long beforeAt;

    public void Publish(BrokerStatistics now)
    {
        var at = clock.Milliseconds;
        Put("version", $"Weir {typeof(SysTopics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}");
        Put("uptime", (at - started) / 1000);
        Put("clients/connected", now.Connections);
        Put("clients/disconnected", now.Sessions - Math.Min(now.Sessions, now.Connections));
        Put("clients/total", now.Sessions);
        Put("connections/accepted", now.ConnectionsAccepted);
        Put("connections/refused", now.ConnectionsRefused);
        Put("subscriptions/count", now.Subscriptions);
        Put("retained messages/count", now.RetainedMessages);
        Put("topics/count", now.Topics);
        Put("messages/received", now.MessagesReceived);
        Put("messages/sent", now.MessagesSent);
        Put("publish/messages/dropped", now.Dropped.Total);
        Put("bytes/received", now.BytesReceived);
        Put("bytes/sent", now.BytesSent);
        if (before is not null && at > beforeAt)
        {
            Put("load/messages/received", (now.MessagesReceived - before.MessagesReceived) * 1000 / (at - beforeAt));
            Put("load/messages/sent", (now.MessagesSent - before.MessagesSent) * 1000 / (at - beforeAt));
        }
        (before, beforeAt) = (now, at);
    }

    private void Put(string name, long value) => Put(name, value.ToString(CultureInfo.InvariantCulture));

    private void Put(string name, string value)
    {
        if (!topics.TryGetValue(name, out var topic))
        {
            topics[name] = topic = new Topic(Encoding.UTF8.GetBytes($"$SYS/broker/{name}"), new TopicActivity(0));
        }
        var buffer = new PacketBuffer(128);
        PublishWriter.Write(buffer, topic.Utf8.Span, Encoding.UTF8.GetBytes(value), QualityOfService.AtMostOnce, true, new Properties());
        var packet = buffer.Written.ToArray();
        router.DeliverOwn(new PublishMessage(
            topic, packet, PublishLayout.Of(packet, MqttVersion.V5), MqttVersion.V5, clock.UnixMicroseconds, 0));
    }
}
