namespace Weir.Mqtt;

/// <summary>Writes a PUBLISH from its parts, for those who have no received packet to pass on.</summary>
internal static class PublishWriter
{
    /// <summary>Stands in the packet identifier of a message that has no sender to answer; never sent.</summary>
    private const ushort NoIdentifier = ushort.MaxValue;

    /// <summary>Writes it in the form of MQTT 5.</summary>
    public static void Write(
        PacketBuffer to, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, QualityOfService qos, bool retain, Properties properties) =>
        Write(to, MqttVersion.V5, topic, payload, qos, retain, false, NoIdentifier, properties);

    public static void Write(
        PacketBuffer to, MqttVersion version, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, QualityOfService qos,
        bool retain, bool duplicate, ushort identifier, Properties? properties)
    {
        var packet = to.Begin(PacketType.Publish, (duplicate ? 8 : 0) | (int)qos << 1 | (retain ? 1 : 0));
        to.Binary(topic);
        if (qos != QualityOfService.AtMostOnce) to.UInt16(identifier);
        if (version == MqttVersion.V5)
        {
            if (properties is null) to.Byte(0);
            else properties.Write(to);
        }
        to.Raw(payload);
        to.End(packet);
    }
}
