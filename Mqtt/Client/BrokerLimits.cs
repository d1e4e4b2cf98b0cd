using System.Text;

namespace Weir.Mqtt;

/// <summary>What a broker has said in CONNACK that it takes.</summary>
internal sealed record BrokerLimits(
    TimeSpan KeepAlive, int ReceiveMaximum, QualityOfService MaximumQoS, bool Retains, long MaximumPacketSize)
{
    /// <summary>The largest fixed header, the topic's length and the packet identifier.</summary>
    private const int Overhead = 5 + 2 + 2;

    public static BrokerLimits None { get; } = new(TimeSpan.Zero, ushort.MaxValue, QualityOfService.ExactlyOnce, true, VariableInteger.Maximum);

    public static BrokerLimits Of(ConnackPacket answer, TimeSpan wishedKeepAlive)
    {
        var said = answer.Properties;
        return new BrokerLimits(
            said.ServerKeepAlive is { } seconds ? TimeSpan.FromSeconds(seconds) : wishedKeepAlive,
            said.ReceiveMaximum ?? ushort.MaxValue,
            (QualityOfService)(said.MaximumQoS ?? 2),
            said.RetainAvailable != 0,
            said.MaximumPacketSize ?? VariableInteger.Maximum);
    }

    /// <exception cref="MqttException">The message is beyond them.</exception>
    public void Check(in OutgoingPublish message, MqttVersion version)
    {
        if (message.QoS > MaximumQoS) throw new MqttException(ReasonCode.QoSNotSupported, $"The broker takes messages of QoS {(int)MaximumQoS} at most.");
        if (message.Retain && !Retains) throw new MqttException(ReasonCode.RetainNotSupported, "The broker retains no messages.");
        // Counting exactly is only worth it near the limit.
        if (Overhead + Encoding.UTF8.GetMaxByteCount(message.Topic.Length) + message.Payload.Length + 65_536L <= MaximumPacketSize) return;
        var packet = new PacketBuffer();
        message.Write(packet, version);
        if (packet.Length > MaximumPacketSize)
        {
            throw new MqttException(ReasonCode.PacketTooLarge, $"The message makes a packet of {packet.Length} bytes; the broker takes {MaximumPacketSize} at most.");
        }
    }
}
