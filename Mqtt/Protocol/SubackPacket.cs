namespace Weir.Mqtt;

/// <summary>SUBACK and UNSUBACK: one reason for each topic filter, in their order (sections 3.9 and 3.11).</summary>
internal sealed record SubackPacket(PacketType Type, ushort PacketIdentifier, IReadOnlyList<ReasonCode> Reasons) : IOutboundPacket
{
    /// <summary>Why a filter was refused, for people; null where none was.</summary>
    public string? Why { get; init; }

    public static SubackPacket Read(in Frame frame, MqttVersion version)
    {
        if (frame.Flags != 0) throw MqttException.Malformed($"The reserved flags of {frame.Type} must be 0.");
        var reader = new PacketReader(frame.Body);
        var id = reader.PacketIdentifier();
        var why = version == MqttVersion.V5 ? Properties.Read(ref reader, PropertyMask.Acknowledgement).ReasonString : null;

        var reasons = new List<ReasonCode>(reader.Remaining);
        while (!reader.AtEnd) reasons.Add((ReasonCode)reader.Byte());
        return new SubackPacket(frame.Type, id, reasons) { Why = why };
    }

    /// <summary>Writes it; MQTT 3.1.1 knows only one failure, and no reasons in UNSUBACK.</summary>
    public void Write(PacketBuffer to, MqttVersion version)
    {
        var packet = to.Begin(Type);
        to.UInt16(PacketIdentifier);
        if (version == MqttVersion.V5) new Properties { ReasonString = Why }.Write(to);
        foreach (var reason in Reasons)
        {
            if (version == MqttVersion.V5) to.Byte((byte)reason);
            else if (Type == PacketType.Suback) to.Byte(reason < ReasonCode.UnspecifiedError ? (byte)reason : (byte)0x80);
        }
        to.End(packet);
    }
}
