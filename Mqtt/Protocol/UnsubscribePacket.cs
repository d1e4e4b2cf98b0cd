namespace Weir.Mqtt;

/// <summary>UNSUBSCRIBE (section 3.10).</summary>
internal sealed record UnsubscribePacket(ushort PacketIdentifier, IReadOnlyList<TopicFilter> Filters) : IOutboundPacket
{
    public static UnsubscribePacket Read(in Frame frame, MqttVersion version)
    {
        // MQTT 3.1 may set DUP in one that it repeats.
        if ((version == MqttVersion.V31 ? frame.Flags & 7 : frame.Flags) != 2) throw MqttException.Malformed("The reserved flags of UNSUBSCRIBE must be 2.");
        var reader = new PacketReader(frame.Body);
        var id = reader.PacketIdentifier();
        if (version == MqttVersion.V5) Properties.Read(ref reader, PropertyMask.Unsubscribe);

        var filters = new List<TopicFilter>();
        while (!reader.AtEnd)
        {
            if (!TopicFilter.TryParse(reader.Text(), out var filter, out var fault)) throw MqttException.Malformed(fault);
            filters.Add(filter);
        }
        if (filters.Count == 0) throw MqttException.ProtocolError("UNSUBSCRIBE has no topic filter.");
        return new UnsubscribePacket(id, filters);
    }

    public void Write(PacketBuffer to, MqttVersion version)
    {
        var packet = to.Begin(PacketType.Unsubscribe, 2);
        to.UInt16(PacketIdentifier);
        if (version == MqttVersion.V5) to.Byte(0);
        foreach (var filter in Filters) to.Text(filter.Text);
        to.End(packet);
    }
}
