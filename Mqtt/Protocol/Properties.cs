namespace Weir.Mqtt;

/// <summary>The properties of one packet. Not for the way of a PUBLISH: see <see cref="PublishPropertyScan"/>.</summary>
internal sealed class Properties
{
    private List<int>? identifiers;
    private List<UserProperty>? userProperties;

    public byte? PayloadFormatIndicator { get; set; }
    public uint? MessageExpiryInterval { get; set; }
    public string? ContentType { get; set; }
    public string? ResponseTopic { get; set; }
    public byte[]? CorrelationData { get; set; }
    public List<int> SubscriptionIdentifiers => identifiers ??= [];
    public uint? SessionExpiryInterval { get; set; }
    public string? AssignedClientIdentifier { get; set; }
    public ushort? ServerKeepAlive { get; set; }
    public string? AuthenticationMethod { get; set; }
    public byte[]? AuthenticationData { get; set; }
    public byte? RequestProblemInformation { get; set; }
    public uint? WillDelayInterval { get; set; }
    public byte? RequestResponseInformation { get; set; }
    public string? ResponseInformation { get; set; }
    public string? ServerReference { get; set; }
    public string? ReasonString { get; set; }
    public ushort? ReceiveMaximum { get; set; }
    public ushort? TopicAliasMaximum { get; set; }
    public ushort? TopicAlias { get; set; }
    public byte? MaximumQoS { get; set; }
    public byte? RetainAvailable { get; set; }
    public List<UserProperty> UserProperties => userProperties ??= [];
    public uint? MaximumPacketSize { get; set; }
    public byte? WildcardSubscriptionAvailable { get; set; }
    public byte? SubscriptionIdentifierAvailable { get; set; }
    public byte? SharedSubscriptionAvailable { get; set; }

    /// <summary>Reads the length and what follows it.</summary>
    /// <exception cref="MqttException">A property is unknown, not allowed in this packet, repeated or out of range.</exception>
    public static Properties Read(ref PacketReader packet, ulong allowed)
    {
        var properties = new Properties();
        properties.ReadBody(packet.Take(packet.VariableInteger()), allowed);
        return properties;
    }

    public void ReadBody(ReadOnlySpan<byte> body, ulong allowed)
    {
        var reader = new PacketReader(body);
        var seen = 0UL;
        while (!reader.AtEnd)
        {
            var id = reader.VariableInteger();
            var bit = id < 64 ? 1UL << id : 0;
            if ((bit & allowed) == 0) throw MqttException.Malformed($"Property 0x{id:X2} is not allowed in this packet.");
            if ((seen & bit) != 0 && (PropertyId)id is not (PropertyId.UserProperty or PropertyId.SubscriptionIdentifier))
            {
                throw MqttException.ProtocolError($"Property 0x{id:X2} comes twice.");
            }
            seen |= bit;
            ReadOne((PropertyId)id, ref reader);
        }
    }

    private void ReadOne(PropertyId id, ref PacketReader reader)
    {
        switch (id)
        {
            case PropertyId.PayloadFormatIndicator: PayloadFormatIndicator = Bit(id, reader.Byte()); break;
            case PropertyId.MessageExpiryInterval: MessageExpiryInterval = reader.UInt32(); break;
            case PropertyId.ContentType: ContentType = reader.Text(); break;
            case PropertyId.ResponseTopic: ResponseTopic = ReadResponseTopic(ref reader); break;
            case PropertyId.CorrelationData: CorrelationData = reader.Binary().ToArray(); break;
            case PropertyId.SubscriptionIdentifier: SubscriptionIdentifiers.Add(NotZero(id, reader.VariableInteger())); break;
            case PropertyId.SessionExpiryInterval: SessionExpiryInterval = reader.UInt32(); break;
            case PropertyId.AssignedClientIdentifier: AssignedClientIdentifier = reader.Text(); break;
            case PropertyId.ServerKeepAlive: ServerKeepAlive = reader.UInt16(); break;
            case PropertyId.AuthenticationMethod: AuthenticationMethod = reader.Text(); break;
            case PropertyId.AuthenticationData: AuthenticationData = reader.Binary().ToArray(); break;
            case PropertyId.RequestProblemInformation: RequestProblemInformation = Bit(id, reader.Byte()); break;
            case PropertyId.WillDelayInterval: WillDelayInterval = reader.UInt32(); break;
            case PropertyId.RequestResponseInformation: RequestResponseInformation = Bit(id, reader.Byte()); break;
            case PropertyId.ResponseInformation: ResponseInformation = reader.Text(); break;
            case PropertyId.ServerReference: ServerReference = reader.Text(); break;
            case PropertyId.ReasonString: ReasonString = reader.Text(); break;
            case PropertyId.ReceiveMaximum: ReceiveMaximum = (ushort)NotZero(id, reader.UInt16()); break;
            case PropertyId.TopicAliasMaximum: TopicAliasMaximum = reader.UInt16(); break;
            case PropertyId.TopicAlias: TopicAlias = reader.UInt16(); break;
            case PropertyId.MaximumQoS: MaximumQoS = Bit(id, reader.Byte()); break;
            case PropertyId.RetainAvailable: RetainAvailable = Bit(id, reader.Byte()); break;
            case PropertyId.UserProperty: UserProperties.Add(new UserProperty(reader.Text(), reader.Text())); break;
            case PropertyId.MaximumPacketSize: MaximumPacketSize = (uint)NotZero(id, reader.UInt32()); break;
            case PropertyId.WildcardSubscriptionAvailable: WildcardSubscriptionAvailable = Bit(id, reader.Byte()); break;
            case PropertyId.SubscriptionIdentifierAvailable: SubscriptionIdentifierAvailable = Bit(id, reader.Byte()); break;
            case PropertyId.SharedSubscriptionAvailable: SharedSubscriptionAvailable = Bit(id, reader.Byte()); break;
            default: throw MqttException.Malformed($"Property 0x{(byte)id:X2} does not exist.");
        }
    }

    /// <summary>Writes the length and all that is set.</summary>
    public void Write(PacketBuffer to)
    {
        var body = new PacketBuffer();
        WriteBody(body);
        to.VariableIntegerValue(body.Length);
        to.Raw(body.Written);
    }

    private void WriteBody(PacketBuffer to)
    {
        WriteByte(to, PropertyId.PayloadFormatIndicator, PayloadFormatIndicator);
        WriteUInt32(to, PropertyId.MessageExpiryInterval, MessageExpiryInterval);
        WriteText(to, PropertyId.ContentType, ContentType);
        WriteText(to, PropertyId.ResponseTopic, ResponseTopic);
        WriteBinary(to, PropertyId.CorrelationData, CorrelationData);
        foreach (var id in identifiers ?? [])
        {
            to.Byte((byte)PropertyId.SubscriptionIdentifier);
            to.VariableIntegerValue(id);
        }
        WriteUInt32(to, PropertyId.SessionExpiryInterval, SessionExpiryInterval);
        WriteText(to, PropertyId.AssignedClientIdentifier, AssignedClientIdentifier);
        WriteUInt16(to, PropertyId.ServerKeepAlive, ServerKeepAlive);
        WriteText(to, PropertyId.AuthenticationMethod, AuthenticationMethod);
        WriteBinary(to, PropertyId.AuthenticationData, AuthenticationData);
        WriteByte(to, PropertyId.RequestProblemInformation, RequestProblemInformation);
        WriteUInt32(to, PropertyId.WillDelayInterval, WillDelayInterval);
        WriteByte(to, PropertyId.RequestResponseInformation, RequestResponseInformation);
        WriteText(to, PropertyId.ResponseInformation, ResponseInformation);
        WriteText(to, PropertyId.ServerReference, ServerReference);
        WriteText(to, PropertyId.ReasonString, ReasonString);
        WriteUInt16(to, PropertyId.ReceiveMaximum, ReceiveMaximum);
        WriteUInt16(to, PropertyId.TopicAliasMaximum, TopicAliasMaximum);
        WriteUInt16(to, PropertyId.TopicAlias, TopicAlias);
        WriteByte(to, PropertyId.MaximumQoS, MaximumQoS);
        WriteByte(to, PropertyId.RetainAvailable, RetainAvailable);
        foreach (var (name, value) in userProperties ?? [])
        {
            to.Byte((byte)PropertyId.UserProperty);
            to.Text(name);
            to.Text(value);
        }
        WriteUInt32(to, PropertyId.MaximumPacketSize, MaximumPacketSize);
        WriteByte(to, PropertyId.WildcardSubscriptionAvailable, WildcardSubscriptionAvailable);
        WriteByte(to, PropertyId.SubscriptionIdentifierAvailable, SubscriptionIdentifierAvailable);
        WriteByte(to, PropertyId.SharedSubscriptionAvailable, SharedSubscriptionAvailable);
    }

    private static byte Bit(PropertyId id, byte value) =>
        value <= 1 ? value : throw MqttException.ProtocolError($"Property 0x{(byte)id:X2} must be 0 or 1, but is {value}.");

    private static long NotZero(PropertyId id, long value) =>
        value != 0 ? value : throw MqttException.ProtocolError($"Property 0x{(byte)id:X2} must not be 0.");

    private static int NotZero(PropertyId id, int value) => (int)NotZero(id, (long)value);

    private static string ReadResponseTopic(ref PacketReader reader)
    {
        var topic = reader.Text();
        return topic.AsSpan().ContainsAny('+', '#')
            ? throw MqttException.ProtocolError("The response topic holds a wildcard.") : topic;
    }

    private static void WriteByte(PacketBuffer to, PropertyId id, byte? value)
    {
        if (value is not { } set) return;
        to.Byte((byte)id);
        to.Byte(set);
    }

    private static void WriteUInt16(PacketBuffer to, PropertyId id, ushort? value)
    {
        if (value is not { } set) return;
        to.Byte((byte)id);
        to.UInt16(set);
    }

    private static void WriteUInt32(PacketBuffer to, PropertyId id, uint? value)
    {
        if (value is not { } set) return;
        to.Byte((byte)id);
        to.UInt32(set);
    }

    private static void WriteText(PacketBuffer to, PropertyId id, string? value)
    {
        if (value is null) return;
        to.Byte((byte)id);
        to.Text(value);
    }

    private static void WriteBinary(PacketBuffer to, PropertyId id, byte[]? value)
    {
        if (value is null) return;
        to.Byte((byte)id);
        to.Binary(value);
    }
}
