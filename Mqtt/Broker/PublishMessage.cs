namespace Weir.Mqtt;

/// <summary>
/// One PUBLISH as it was received. The payload stays valid for as long as it is referenced, but it shares its memory
/// with its neighbours: copy what is to be kept for long.
/// </summary>
public readonly struct PublishMessage
{
    private readonly byte[] bytes;
    private readonly int start;
    private readonly int payloadStart;
    private readonly int propertiesStart;
    private readonly int propertiesLength;

    /// <param name="topic">The topic.</param>
    /// <param name="packet">The whole packet, with the topic in full and no topic alias.</param>
    /// <param name="layout">Where its parts lie.</param>
    /// <param name="version">The version that it is written in.</param>
    /// <param name="timestamp">When it came, in microseconds since 1970-01-01 UTC.</param>
    /// <param name="expiresAt">When it loses its use, on the broker's clock in milliseconds; 0 for never.</param>
    /// <param name="mayBeKept">Whether the handler may have it from before a crash.</param>
    internal PublishMessage(
        Topic topic, ArraySegment<byte> packet, in PublishLayout layout, MqttVersion version, long timestamp, long expiresAt,
        bool mayBeKept = false)
    {
        MayBeKept = mayBeKept;
        Topic = topic;
        Timestamp = timestamp;
        ExpiresAt = expiresAt;
        bytes = packet.Array!;
        start = packet.Offset;
        Length = packet.Count;
        payloadStart = layout.PayloadStart;
        propertiesStart = layout.PropertiesStart;
        propertiesLength = layout.PropertiesLength;
        PacketIdentifier = layout.PacketIdentifier;
        Version = version;
    }

    /// <summary>The topic; one object for all its messages.</summary>
    public Topic Topic { get; }

    /// <summary>When the broker received it, in microseconds since 1970-01-01 UTC.</summary>
    public long Timestamp { get; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload => new(bytes, start + payloadStart, Length - payloadStart);

    /// <summary>The QoS it was published with.</summary>
    public QualityOfService QoS => (QualityOfService)(bytes[start] >> 1 & 3);

    /// <summary>True when it is to be kept for future subscribers.</summary>
    public bool Retain => (bytes[start] & 1) != 0;

    /// <summary>True when the client says that it may have sent this one before.</summary>
    public bool Duplicate => (bytes[start] & 8) != 0;

    /// <summary>
    /// True for a message of QoS 2 that was on its way to the handler as a former broker crashed, and is sent again: the
    /// handler may have kept it then, with this very <see cref="Timestamp"/>, which no other message of QoS 2 has. It must
    /// look, or the message may be kept twice.
    /// </summary>
    public bool MayBeKept { get; }

    /// <summary>The properties of MQTT 5 as they were on the wire, without topic alias; empty where there are none.</summary>
    public ReadOnlyMemory<byte> RawProperties => new(bytes, start + propertiesStart, propertiesLength);

    /// <summary>Reads the properties of MQTT 5; this allocates.</summary>
    public PublishProperties ReadProperties() => PublishProperties.Read(RawProperties.Span);

    internal ushort PacketIdentifier { get; }

    internal MqttVersion Version { get; }

    internal long ExpiresAt { get; }

    /// <summary>The size of the whole packet.</summary>
    internal int Length { get; }

    internal int PayloadLength => Length - payloadStart;

    internal ArraySegment<byte> Packet => new(bytes, start, Length);
}
