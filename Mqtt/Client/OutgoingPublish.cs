using System.Text;

namespace Weir.Mqtt;

/// <summary>A message that this client publishes.</summary>
internal readonly record struct OutgoingPublish(
    string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QoS, bool Retain, PublishProperties? Properties) : IOutboundPacket
{
    private const int OnStack = 256;

    public ushort Identifier { get; init; }

    public void Write(PacketBuffer to, MqttVersion version)
    {
        var size = Encoding.UTF8.GetByteCount(Topic);
        var topic = size <= OnStack ? stackalloc byte[OnStack] : new byte[size];
        PublishWriter.Write(to, version, topic[..Encoding.UTF8.GetBytes(Topic, topic)], Payload.Span, QoS, Retain, false, Identifier,
            Properties?.ToProperties());
    }
}

/// <summary>A packet that was sent before and is sent again, with DUP set (MQTT-3.3.1-1).</summary>
internal readonly record struct RepeatedPublish(PacketBuffer Packet) : IOutboundPacket
{
    public void Write(PacketBuffer to, MqttVersion version)
    {
        var copy = to.Reserve(Packet.Length);
        Packet.Written.CopyTo(copy);
        copy[0] |= 8;
    }
}
