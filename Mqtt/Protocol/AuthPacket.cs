namespace Weir.Mqtt;

/// <summary>AUTH (section 3.15): a step of an authentication that takes several.</summary>
internal sealed record AuthPacket(ReasonCode Reason) : IOutboundPacket
{
    public Properties Properties { get; init; } = new();

    public static AuthPacket Read(in Frame frame)
    {
        if (frame.Flags != 0) throw MqttException.Malformed("The reserved flags of AUTH must be 0.");
        var reader = new PacketReader(frame.Body);
        if (reader.AtEnd) return new AuthPacket(ReasonCode.Success);
        var reason = (ReasonCode)reader.Byte();
        if (reason is not (ReasonCode.Success or ReasonCode.ContinueAuthentication or ReasonCode.ReAuthenticate))
        {
            throw MqttException.ProtocolError($"AUTH has the reason 0x{(byte)reason:X2}, which is none of its own.");
        }
        var packet = new AuthPacket(reason) { Properties = reader.AtEnd ? new Properties() : Properties.Read(ref reader, PropertyMask.Auth) };
        reader.ExpectEnd("AUTH");
        return packet;
    }

    public void Write(PacketBuffer to, MqttVersion version)
    {
        var packet = to.Begin(PacketType.Auth);
        to.Byte((byte)Reason);
        Properties.Write(to);
        to.End(packet);
    }
}
