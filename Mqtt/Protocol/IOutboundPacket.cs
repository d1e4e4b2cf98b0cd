namespace Weir.Mqtt;

/// <summary>A packet that can be written.</summary>
internal interface IOutboundPacket
{
    void Write(PacketBuffer to, MqttVersion version);
}

/// <summary>PINGREQ and PINGRESP: two bytes.</summary>
internal readonly record struct PingPacket(PacketType Type) : IOutboundPacket
{
    public void Write(PacketBuffer to, MqttVersion version) => to.End(to.Begin(Type));
}
