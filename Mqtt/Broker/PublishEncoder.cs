using System.Buffers.Binary;

namespace Weir.Mqtt;

/// <summary>
/// Writes a message as its subscriber takes it. Where that differs from what the publisher sent only in the first byte
/// and the packet identifier, which is the usual case, the packet is copied whole and those are set.
/// </summary>
internal readonly ref struct PublishEncoder
{
    private const int AliasSize = 3;

    private readonly ref readonly OutboundPublish message;
    private readonly MqttVersion version;
    private readonly long now;
    private readonly bool asReceived;
    private readonly PublishLayout layout;
    private readonly int identifiersSize;
    private readonly int remaining;
    private readonly ushort alias;
    private readonly bool leavesTopicOut;

    /// <param name="message">What is sent.</param>
    /// <param name="version">The version that the subscriber speaks.</param>
    /// <param name="now">The broker's clock in milliseconds.</param>
    /// <param name="aliases">The topic aliases of the connection; null where it has none.</param>
    /// <param name="largest">The largest packet that the subscriber takes; 0 for any.</param>
    public PublishEncoder(ref readonly OutboundPublish message, MqttVersion version, long now, OutboundAliases? aliases = null, int largest = 0)
    {
        this.message = ref message;
        this.version = version;
        this.now = now;
        if (message.State == DeliveryState.Released)
        {
            Size = AcknowledgePacket.ShortSize;
            return;
        }

        var packet = message.Packet;
        var receivedQoS = packet[0] >> 1 & 3;
        var sameForm = message.Version >= MqttVersion.V5 == version >= MqttVersion.V5;
        asReceived = aliases is null && sameForm && message.SubscriptionIdentifiers is null && message.ExpiresAt == 0
            && receivedQoS > 0 == message.QoS > 0;
        if (asReceived)
        {
            Size = message.Length;
            return;
        }

        layout = PublishLayout.Of(packet, message.Version);
        if (version == MqttVersion.V5)
        {
            foreach (var identifier in message.SubscriptionIdentifiers ?? []) identifiersSize += 1 + VariableInteger.Size(identifier);
        }
        remaining = Remaining(0, false);
        if (aliases is not null)
        {
            var topic = packet.Slice(layout.TopicStart, layout.TopicLength);
            alias = aliases.Find(topic, out leavesTopicOut);
            var aliased = alias == 0 ? remaining : Remaining(alias, leavesTopicOut);
            if (largest > 0 && 1 + VariableInteger.Size(aliased) + aliased > largest) alias = 0;
            if (alias == 0) leavesTopicOut = false;
            else if (!leavesTopicOut) aliases.Set(topic, alias);
            if (alias != 0) remaining = aliased;
        }
        Size = 1 + VariableInteger.Size(remaining) + remaining;
    }

    /// <summary>The packet's size in bytes.</summary>
    public int Size { get; }

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> to)
    {
        if (message.State == DeliveryState.Released)
        {
            AcknowledgePacket.WriteShort(to, PacketType.Pubrel, message.PacketIdentifier);
            return;
        }

        if (asReceived)
        {
            message.Packet.CopyTo(to);
            SetOwn(to);
        }
        else
        {
            message.Packet[layout.PayloadStart..].CopyTo(to[WriteParts(to)..]);
        }
        SetFirst(to);
    }

    /// <summary>The size of all but the payload.</summary>
    public int HeadSize => Size - Payload.Count;

    /// <summary>The payload, where the publisher's packet has it.</summary>
    public ArraySegment<byte> Payload => message.Payload;

    /// <summary>Writes <see cref="HeadSize"/> bytes: all but the payload.</summary>
    public void WriteHead(Span<byte> to)
    {
        if (asReceived)
        {
            message.Packet[..HeadSize].CopyTo(to);
            SetOwn(to);
        }
        else
        {
            WriteParts(to);
        }
        SetFirst(to);
    }

    private void SetFirst(Span<byte> to) =>
        to[0] = (byte)((int)PacketType.Publish << 4 | (message.Duplicate ? 8 : 0) | (int)message.QoS << 1 | (message.Retain ? 1 : 0));

    /// <summary>In a packet as it was received: the packet identifier.</summary>
    private void SetOwn(Span<byte> to)
    {
        if (message.QoS == QualityOfService.AtMostOnce) return;
        var topic = 2;
        while (to[topic - 1] >= 0x80) topic++;
        var identifier = topic + 2 + BinaryPrimitives.ReadUInt16BigEndian(to[topic..]);
        BinaryPrimitives.WriteUInt16BigEndian(to[identifier..], message.PacketIdentifier);
    }

    private int Remaining(ushort withAlias, bool withoutTopic)
    {
        var size = 2 + (withoutTopic ? 0 : layout.TopicLength) + (message.QoS > 0 ? 2 : 0) + message.Length - layout.PayloadStart;
        if (version != MqttVersion.V5) return size;
        var properties = layout.PropertiesLength + identifiersSize + (withAlias == 0 ? 0 : AliasSize);
        return size + VariableInteger.Size(properties) + properties;
    }

    /// <summary>Writes all but the payload, part by part, and gives where that begins.</summary>
    private int WriteParts(Span<byte> to)
    {
        var packet = message.Packet;
        var at = 1 + VariableInteger.Write(to[1..], remaining);
        if (leavesTopicOut)
        {
            to.Slice(at, 2).Clear();
            at += 2;
        }
        else
        {
            packet.Slice(layout.TopicStart - 2, layout.TopicLength + 2).CopyTo(to[at..]);
            at += layout.TopicLength + 2;
        }
        if (message.QoS > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(to[at..], message.PacketIdentifier);
            at += 2;
        }
        return version == MqttVersion.V5 ? at + WriteProperties(to[at..]) : at;
    }

    private int WriteProperties(Span<byte> to)
    {
        var at = VariableInteger.Write(to, layout.PropertiesLength + identifiersSize + (alias == 0 ? 0 : AliasSize));
        var properties = to.Slice(at, layout.PropertiesLength);
        message.Packet.Slice(layout.PropertiesStart, layout.PropertiesLength).CopyTo(properties);
        if (message.ExpiresAt != 0) LowerExpiry(properties);
        at += layout.PropertiesLength;
        foreach (var identifier in message.SubscriptionIdentifiers ?? [])
        {
            to[at++] = (byte)PropertyId.SubscriptionIdentifier;
            at += VariableInteger.Write(to[at..], identifier);
        }
        if (alias == 0) return at;
        to[at++] = (byte)PropertyId.TopicAlias;
        BinaryPrimitives.WriteUInt16BigEndian(to[at..], alias);
        return at + 2;
    }

    /// <summary>The interval sent is the one received less the time the message waited here (MQTT-3.3.2-6).</summary>
    private void LowerExpiry(Span<byte> properties)
    {
        var at = PublishPropertyScan.Find(properties, PropertyId.MessageExpiryInterval);
        if (at < 0) return;
        var seconds = Math.Max(0, (message.ExpiresAt - now + 999) / 1000);
        BinaryPrimitives.WriteUInt32BigEndian(properties[(at + 1)..], (uint)seconds);
    }
}
