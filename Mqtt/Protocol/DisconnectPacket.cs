namespace Weir.Mqtt;

/// <summary>DISCONNECT (section 3.14).</summary>
internal sealed record DisconnectPacket(ReasonCode Reason) : IOutboundPacket
{
    public Properties Properties { get; init; } = new();

    public static DisconnectPacket Read(in Frame frame, MqttVersion version)
    {
        if (frame.Flags != 0) throw MqttException.Malformed("The reserved flags of DISCONNECT must be 0.");
        var reader = new PacketReader(frame.Body);
        if (version < MqttVersion.V5 || reader.AtEnd)
        {
            reader.ExpectEnd("DISCONNECT");
            return new DisconnectPacket(ReasonCode.Success);
        }
        var reason = (ReasonCode)reader.Byte();
        if (!IsAllowed(reason)) throw MqttException.ProtocolError($"DISCONNECT has the reason 0x{(byte)reason:X2}, which is none of its own.");
        var packet = new DisconnectPacket(reason)
        {
            Properties = reader.AtEnd ? new Properties() : Properties.Read(ref reader, PropertyMask.Disconnect),
        };
        reader.ExpectEnd("DISCONNECT");
        return packet;
    }

    /// <summary>The reasons of table 3-13; one that only CONNACK or PUBACK knows is none (MQTT-3.14.2-1).</summary>
    private static bool IsAllowed(ReasonCode reason) => reason is ReasonCode.Success or ReasonCode.DisconnectWithWillMessage
        or (>= ReasonCode.UnspecifiedError and <= ReasonCode.ImplementationSpecificError)
        or ReasonCode.NotAuthorized or ReasonCode.ServerBusy or ReasonCode.ServerShuttingDown
        or (>= ReasonCode.BadAuthenticationMethod and <= ReasonCode.TopicNameInvalid)
        or (>= ReasonCode.ReceiveMaximumExceeded and <= ReasonCode.WildcardSubscriptionsNotSupported);

    public void Write(PacketBuffer to, MqttVersion version)
    {
        var packet = to.Begin(PacketType.Disconnect);
        if (version == MqttVersion.V5)
        {
            to.Byte((byte)Reason);
            Properties.Write(to);
        }
        to.End(packet);
    }
}
