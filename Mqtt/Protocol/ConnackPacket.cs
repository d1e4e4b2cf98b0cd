namespace Weir.Mqtt;

/// <summary>CONNACK (section 3.2). For MQTT 3.1.1 the reason becomes one of its six return codes.</summary>
internal sealed record ConnackPacket(bool SessionPresent, ReasonCode Reason) : IOutboundPacket
{
    public Properties Properties { get; init; } = new();

    public static ConnackPacket Read(in Frame frame, MqttVersion version)
    {
        if (frame.Flags != 0) throw MqttException.Malformed("The reserved flags of CONNACK must be 0.");
        var reader = new PacketReader(frame.Body);
        var flags = reader.Byte();
        if (flags > 1) throw MqttException.Malformed("The reserved acknowledge flags of CONNACK must be 0.");
        var code = reader.Byte();
        var packet = new ConnackPacket(flags == 1, version == MqttVersion.V5 ? (ReasonCode)code : FromReturnCode(code))
        {
            Properties = version == MqttVersion.V5 ? Properties.Read(ref reader, PropertyMask.Connack) : new Properties(),
        };
        reader.ExpectEnd("CONNACK");
        return packet;
    }

    public void Write(PacketBuffer to, MqttVersion version)
    {
        var packet = to.Begin(PacketType.Connack);
        to.Byte(SessionPresent ? (byte)1 : (byte)0);
        to.Byte(version == MqttVersion.V5 ? (byte)Reason : ToReturnCode(Reason));
        if (version == MqttVersion.V5) Properties.Write(to);
        to.End(packet);
    }

    private static byte ToReturnCode(ReasonCode reason) => reason switch
    {
        ReasonCode.Success => 0,
        ReasonCode.UnsupportedProtocolVersion => 1,
        ReasonCode.ClientIdentifierNotValid => 2,
        ReasonCode.BadUserNameOrPassword => 4,
        ReasonCode.NotAuthorized => 5,
        _ => 3,
    };

    private static ReasonCode FromReturnCode(byte code) => code switch
    {
        0 => ReasonCode.Success,
        1 => ReasonCode.UnsupportedProtocolVersion,
        2 => ReasonCode.ClientIdentifierNotValid,
        3 => ReasonCode.ServerUnavailable,
        4 => ReasonCode.BadUserNameOrPassword,
        5 => ReasonCode.NotAuthorized,
        _ => throw MqttException.Malformed($"CONNACK has the unknown return code {code}."),
    };
}
