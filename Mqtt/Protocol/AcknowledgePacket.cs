namespace Weir.Mqtt;

/// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP, which have one form (sections 3.4 to 3.7).</summary>
/// <param name="Type">Which of the four.</param>
/// <param name="PacketIdentifier">The message's identifier.</param>
/// <param name="Reason">How it went.</param>
/// <param name="Why">The same for people; null where there is nothing to say.</param>
internal readonly record struct AcknowledgePacket(
    PacketType Type, ushort PacketIdentifier, ReasonCode Reason, string? Why = null) : IOutboundPacket
{
    /// <summary>The size of one that has nothing to say but its identifier.</summary>
    public const int ShortSize = 4;

    public static AcknowledgePacket Read(in Frame frame, MqttVersion version)
    {
        var body = frame.Body;
        // MQTT 3.1 may set DUP in a PUBREL that it repeats.
        if ((version == MqttVersion.V31 ? frame.Flags & 7 : frame.Flags) != FlagsOf(frame.Type)) throw MqttException.Malformed($"The reserved flags of {frame.Type} are wrong.");
        var reader = new PacketReader(body);
        var id = reader.PacketIdentifier();
        var reason = ReasonCode.Success;
        if (version == MqttVersion.V5 && !reader.AtEnd)
        {
            reason = (ReasonCode)reader.Byte();
            if (!IsAllowed(frame.Type, reason))
            {
                throw MqttException.ProtocolError($"{frame.Type} has the reason 0x{(byte)reason:X2}, which is none of its own.");
            }
            if (!reader.AtEnd) Properties.Read(ref reader, PropertyMask.Acknowledgement);
        }
        reader.ExpectEnd(frame.Type.ToString());
        return new AcknowledgePacket(frame.Type, id, reason);
    }

    /// <summary>Writes it; MQTT 5 leaves the reason out where it is success, MQTT 3.1.1 has none.</summary>
    public void Write(PacketBuffer to, MqttVersion version)
    {
        if (version < MqttVersion.V5 || Reason == ReasonCode.Success)
        {
            WriteShort(to.Reserve(ShortSize), Type, PacketIdentifier);
            return;
        }
        var packet = to.Begin(Type, FlagsOf(Type));
        to.UInt16(PacketIdentifier);
        to.Byte((byte)Reason);
        if (Why is not null) new Properties { ReasonString = Why }.Write(to);
        to.End(packet);
    }

    /// <summary>The reasons of tables 3-4 to 3-7.</summary>
    private static bool IsAllowed(PacketType type, ReasonCode reason) => reason == ReasonCode.Success
        || (type is PacketType.Puback or PacketType.Pubrec
            ? reason is ReasonCode.NoMatchingSubscribers or ReasonCode.UnspecifiedError or ReasonCode.ImplementationSpecificError
                or ReasonCode.NotAuthorized or ReasonCode.TopicNameInvalid or ReasonCode.PacketIdentifierInUse
                or ReasonCode.QuotaExceeded or ReasonCode.PayloadFormatInvalid
            : reason == ReasonCode.PacketIdentifierNotFound);

    public static void WriteShort(Span<byte> to, PacketType type, ushort packetIdentifier)
    {
        to[3] = (byte)packetIdentifier;
        to[2] = (byte)(packetIdentifier >> 8);
        to[1] = 2;
        to[0] = (byte)((int)type << 4 | FlagsOf(type));
    }

    private static int FlagsOf(PacketType type) => type == PacketType.Pubrel ? 2 : 0;
}
