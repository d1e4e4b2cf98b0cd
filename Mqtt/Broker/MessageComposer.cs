using System.Text;

namespace Weir.Mqtt;

/// <summary>Makes messages that no client has sent as a packet: wills, and those of the broker's own process.</summary>
internal static class MessageComposer
{
    /// <exception cref="ArgumentException">The topic is not a topic name, or beyond the broker's limits.</exception>
    public static PublishMessage Compose(
        MqttBroker broker, string topic, ReadOnlySpan<byte> payload, QualityOfService qos, bool retain, Properties? properties)
    {
        if (TopicName.Fault(topic) is { } fault) throw new ArgumentException($"'{topic}': {fault}", nameof(topic));
        var name = Encoding.UTF8.GetBytes(topic);
        var options = broker.Options;
        if (name.Length > options.MaxTopicLength || TopicName.CountLevels(name) > options.MaxTopicLevels)
        {
            throw new ArgumentException(
                $"The topic '{topic}' has more than {options.MaxTopicLength} bytes or {options.MaxTopicLevels} levels.", nameof(topic));
        }

        var buffer = new PacketBuffer(payload.Length + name.Length + 64);
        PublishWriter.Write(buffer, name, payload, qos, retain, properties ?? new Properties());
        if (buffer.Length > options.MaxPacketSize)
        {
            throw new ArgumentException(
                $"The message on '{topic}' has {buffer.Length} bytes; at most {options.MaxPacketSize} are allowed.", nameof(payload));
        }
        var packet = MessageArena.Copy(buffer.Written);
        var expiresAt = properties?.MessageExpiryInterval is { } seconds ? broker.Clock.Milliseconds + seconds * 1000L : 0;
        return new PublishMessage(broker.Router.Topics.GetOrAdd(name), packet, PublishLayout.Of(packet, MqttVersion.V5), MqttVersion.V5,
            broker.Clock.UnixMicroseconds, expiresAt);
    }
}
