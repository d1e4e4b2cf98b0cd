namespace Weir.Mqtt;

/// <summary>Whether retained messages come when a subscription is made (section 3.8.3.1).</summary>
public enum RetainHandling : byte
{
    /// <summary>They come whenever it is made.</summary>
    Send = 0,
    /// <summary>They come only if the subscription did not exist.</summary>
    SendIfNew = 1,
    /// <summary>They do not come.</summary>
    DoNotSend = 2,
}

/// <summary>One topic filter of a SUBSCRIBE with its options.</summary>
internal sealed record SubscriptionRequest(
    TopicFilter Filter, QualityOfService QoS, bool NoLocal = false, bool RetainAsPublished = false,
    RetainHandling RetainHandling = RetainHandling.Send);

/// <summary>SUBSCRIBE (section 3.8).</summary>
internal sealed record SubscribePacket(ushort PacketIdentifier, IReadOnlyList<SubscriptionRequest> Requests) : IOutboundPacket
{
    /// <summary>The subscription identifier of MQTT 5; 0 where there is none.</summary>
    public int Identifier { get; init; }

    public static SubscribePacket Read(in Frame frame, MqttVersion version)
    {
        // MQTT 3.1 may set DUP in one that it repeats.
        if ((version == MqttVersion.V31 ? frame.Flags & 7 : frame.Flags) != 2) throw MqttException.Malformed("The reserved flags of SUBSCRIBE must be 2.");
        var v5 = version == MqttVersion.V5;
        var reader = new PacketReader(frame.Body);
        var id = reader.PacketIdentifier();
        var identifier = 0;
        if (v5)
        {
            var identifiers = Properties.Read(ref reader, PropertyMask.Subscribe).SubscriptionIdentifiers;
            if (identifiers.Count > 1) throw MqttException.ProtocolError("SUBSCRIBE has more than one subscription identifier.");
            if (identifiers.Count == 1) identifier = identifiers[0];
        }

        var requests = new List<SubscriptionRequest>();
        while (!reader.AtEnd) requests.Add(ReadRequest(ref reader, v5));
        if (requests.Count == 0) throw MqttException.ProtocolError("SUBSCRIBE has no topic filter.");
        return new SubscribePacket(id, requests) { Identifier = identifier };
    }

    public void Write(PacketBuffer to, MqttVersion version)
    {
        var packet = to.Begin(PacketType.Subscribe, 2);
        to.UInt16(PacketIdentifier);
        if (version == MqttVersion.V5)
        {
            var properties = new Properties();
            if (Identifier != 0) properties.SubscriptionIdentifiers.Add(Identifier);
            properties.Write(to);
        }
        foreach (var request in Requests)
        {
            to.Text(request.Filter.Text);
            to.Byte(version == MqttVersion.V5
                ? (byte)((int)request.QoS | (request.NoLocal ? 4 : 0) | (request.RetainAsPublished ? 8 : 0)
                    | (int)request.RetainHandling << 4)
                : (byte)request.QoS);
        }
        to.End(packet);
    }

    private static SubscriptionRequest ReadRequest(ref PacketReader reader, bool v5)
    {
        if (!TopicFilter.TryParse(reader.Text(), out var filter, out var fault)) throw MqttException.Malformed(fault);
        var options = reader.Byte();
        var qos = options & 3;
        var handling = options >> 4 & 3;
        if (qos == 3 || (v5 ? (options & 0xC0) != 0 || handling == 3 : (options & 0xFC) != 0))
        {
            throw MqttException.Malformed($"The subscription options 0x{options:X2} for '{filter}' are not valid.");
        }
        var noLocal = (options & 4) != 0;
        if (noLocal && filter.ShareName is not null)
        {
            throw MqttException.ProtocolError($"The shared subscription '{filter}' must not ask for no-local.");
        }
        return new SubscriptionRequest(filter, (QualityOfService)qos, noLocal, (options & 8) != 0, (RetainHandling)handling);
    }
}
