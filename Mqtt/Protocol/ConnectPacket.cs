namespace Weir.Mqtt;

/// <summary>The will of a CONNECT: what is published should the client go without a word.</summary>
internal sealed record WillMessage(string Topic, byte[] Payload, QualityOfService QoS, bool Retain, Properties Properties);

/// <summary>CONNECT (section 3.1).</summary>
internal sealed record ConnectPacket : IOutboundPacket
{
    private const int UserNameFlag = 0x80, PasswordFlag = 0x40, WillRetainFlag = 0x20, WillFlag = 0x04, CleanStartFlag = 0x02;

    public required MqttVersion Version { get; init; }
    public required string ClientId { get; init; }
    public bool CleanStart { get; init; }
    public ushort KeepAlive { get; init; }
    public WillMessage? Will { get; init; }
    public string? UserName { get; init; }
    public byte[]? Password { get; init; }
    public Properties Properties { get; init; } = new();

    /// <summary>Reads the packet's body.</summary>
    /// <exception cref="MqttException">It is malformed, or of a version that is not spoken here.</exception>
    public static ConnectPacket Read(in Frame frame)
    {
        if (frame.Flags != 0) throw MqttException.Malformed("The reserved flags of CONNECT must be 0.");
        var reader = new PacketReader(frame.Body);
        var protocol = reader.Binary();
        if (!protocol.SequenceEqual("MQTT"u8) && !protocol.SequenceEqual("MQIsdp"u8))
        {
            throw MqttException.Malformed("The protocol name of CONNECT is not 'MQTT'.");
        }
        var version = reader.Byte();
        if (!(protocol.Length == 4 ? version is (byte)MqttVersion.V311 or (byte)MqttVersion.V5 : version == (byte)MqttVersion.V31))
        {
            throw new MqttException(ReasonCode.UnsupportedProtocolVersion,
                $"CONNECT asks for protocol level {version}; 3 (MQTT 3.1), 4 (MQTT 3.1.1) and 5 are spoken here.");
        }
        var v5 = version == (byte)MqttVersion.V5;
        var flags = reader.Byte();
        if ((flags & 1) != 0) throw MqttException.Malformed("The reserved connect flag must be 0.");
        var hasWill = (flags & WillFlag) != 0;
        var willQoS = flags >> 3 & 3;
        if (willQoS == 3 || (!hasWill && (willQoS != 0 || (flags & WillRetainFlag) != 0)))
        {
            throw MqttException.Malformed("The will flags of CONNECT contradict each other.");
        }
        if (!v5 && (flags & PasswordFlag) != 0 && (flags & UserNameFlag) == 0)
        {
            throw MqttException.Malformed("CONNECT has a password, but no user name.");
        }

        var packet = new ConnectPacket
        {
            Version = (MqttVersion)version,
            CleanStart = (flags & CleanStartFlag) != 0,
            KeepAlive = reader.UInt16(),
            Properties = v5 ? Properties.Read(ref reader, PropertyMask.Connect) : new Properties(),
            ClientId = reader.Text(),
            Will = hasWill ? ReadWill(ref reader, v5, (QualityOfService)willQoS, (flags & WillRetainFlag) != 0) : null,
            UserName = (flags & UserNameFlag) != 0 ? reader.Text() : null,
            Password = (flags & PasswordFlag) != 0 ? reader.Binary().ToArray() : null,
        };
        reader.ExpectEnd("CONNECT");
        return packet;
    }

    public void Write(PacketBuffer to, MqttVersion version)
    {
        var v5 = Version == MqttVersion.V5;
        var packet = to.Begin(PacketType.Connect);
        to.Binary(Version == MqttVersion.V31 ? "MQIsdp"u8 : "MQTT"u8);
        to.Byte((byte)Version);
        to.Byte((byte)((UserName is null ? 0 : UserNameFlag) | (Password is null ? 0 : PasswordFlag)
            | (CleanStart ? CleanStartFlag : 0) | WillBits()));
        to.UInt16(KeepAlive);
        if (v5) Properties.Write(to);
        to.Text(ClientId);
        if (Will is { } will)
        {
            if (v5) will.Properties.Write(to);
            to.Text(will.Topic);
            to.Binary(will.Payload);
        }
        if (UserName is not null) to.Text(UserName);
        if (Password is not null) to.Binary(Password);
        to.End(packet);
    }

    private int WillBits() =>
        Will is { } will ? WillFlag | (int)will.QoS << 3 | (will.Retain ? WillRetainFlag : 0) : 0;

    private static WillMessage ReadWill(ref PacketReader reader, bool v5, QualityOfService qos, bool retain)
    {
        var properties = v5 ? Properties.Read(ref reader, PropertyMask.Will) : new Properties();
        var topic = reader.Text();
        if (TopicName.Fault(topic) is { } fault) throw MqttException.Malformed($"Will: {fault}");
        return new WillMessage(topic, reader.Binary().ToArray(), qos, retain, properties);
    }
}
