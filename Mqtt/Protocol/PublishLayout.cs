using System.Buffers.Binary;

namespace Weir.Mqtt;

/// <summary>Where the parts of a PUBLISH lie (section 3.3), counted from the packet's first byte.</summary>
internal readonly struct PublishLayout
{
    public int TopicStart { get; private init; }
    public int TopicLength { get; private init; }

    /// <summary>0 for QoS 0.</summary>
    public ushort PacketIdentifier { get; private init; }

    /// <summary>The properties, without their length; MQTT 3.1.1 has none.</summary>
    public int PropertiesStart { get; private init; }
    public int PropertiesLength { get; private init; }
    public int PayloadStart { get; private init; }

    /// <summary>Finds the parts of a received packet.</summary>
    /// <exception cref="MqttException">It is malformed.</exception>
    public static PublishLayout Read(ReadOnlySpan<byte> packet, int bodyStart, MqttVersion version)
    {
        var qos = packet[0] >> 1 & 3;
        if (qos == 3) throw MqttException.Malformed("PUBLISH has both QoS bits set.");
        if (qos == 0 && (packet[0] & 8) != 0) throw MqttException.Malformed("PUBLISH has QoS 0, but DUP is set.");
        if (packet.Length < bodyStart + 2) throw Short();

        var topicLength = BinaryPrimitives.ReadUInt16BigEndian(packet[bodyStart..]);
        var at = bodyStart + 2 + topicLength;
        ushort id = 0;
        if (qos > 0)
        {
            if (packet.Length < at + 2) throw Short();
            id = BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
            if (id == 0) throw MqttException.ProtocolError("The packet identifier is 0.");
            at += 2;
        }
        if (at > packet.Length) throw Short();

        var propertiesLength = 0;
        if (version == MqttVersion.V5)
        {
            if (!VariableInteger.TryRead(packet[at..], out propertiesLength, out var size)) throw Short();
            at += size;
            if (propertiesLength > packet.Length - at) throw Short();
        }
        return new PublishLayout
        {
            TopicStart = bodyStart + 2,
            TopicLength = topicLength,
            PacketIdentifier = id,
            PropertiesStart = at,
            PropertiesLength = propertiesLength,
            PayloadStart = at + propertiesLength,
        };
    }

    /// <summary>Finds the parts of a packet that has been read before, so that nothing needs checking.</summary>
    public static PublishLayout Of(ReadOnlySpan<byte> packet, MqttVersion version)
    {
        var lengthSize = 1;
        while (packet[lengthSize] >= 0x80) lengthSize++;
        return Read(packet, 1 + lengthSize, version);
    }

    private static MqttException Short() => MqttException.Malformed("PUBLISH ends before its last field does.");
}
