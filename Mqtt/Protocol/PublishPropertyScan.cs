using System.Buffers.Binary;

namespace Weir.Mqtt;

/// <summary>
/// What the broker must know of the properties of a PUBLISH; all others pass through it as bytes. One walk checks
/// them, allocates nothing and finds these.
/// </summary>
internal readonly record struct PublishPropertyScan(
    ushort? TopicAlias, uint? MessageExpiryInterval, bool HasSubscriptionIdentifier, bool PayloadIsText)
{
    /// <summary>Checks the properties' bytes (without their length).</summary>
    /// <exception cref="MqttException">A property is malformed, not allowed in PUBLISH, or repeated.</exception>
    public static PublishPropertyScan Read(ReadOnlySpan<byte> body)
    {
        ushort? alias = null;
        uint? expiry = null;
        var identified = false;
        var text = false;
        var seen = 0UL;
        var reader = new PacketReader(body);
        while (!reader.AtEnd)
        {
            var id = reader.Byte();
            var bit = id < 64 ? 1UL << id : 0;
            if ((bit & PropertyMask.Publish) == 0) throw MqttException.Malformed($"Property 0x{id:X2} is not allowed in PUBLISH.");
            if ((seen & bit) != 0 && (PropertyId)id is not (PropertyId.UserProperty or PropertyId.SubscriptionIdentifier))
            {
                throw MqttException.ProtocolError($"Property 0x{id:X2} comes twice.");
            }
            seen |= bit;
            switch ((PropertyId)id)
            {
                case PropertyId.TopicAlias:
                    alias = reader.UInt16();
                    break;
                case PropertyId.MessageExpiryInterval:
                    expiry = reader.UInt32();
                    break;
                case PropertyId.SubscriptionIdentifier:
                    if (reader.VariableInteger() == 0) throw MqttException.ProtocolError("The subscription identifier is 0.");
                    identified = true;
                    break;
                case PropertyId.PayloadFormatIndicator:
                    var format = reader.Byte();
                    if (format > 1) throw MqttException.ProtocolError("The payload format indicator must be 0 or 1.");
                    text = format == 1;
                    break;
                case PropertyId.CorrelationData:
                    reader.Binary();
                    break;
                case PropertyId.ResponseTopic:
                    if (!reader.Utf8().ContainsAny((byte)'+', (byte)'#')) break;
                    throw MqttException.ProtocolError("The response topic holds a wildcard.");
                case PropertyId.UserProperty:
                    reader.Utf8();
                    reader.Utf8();
                    break;
                default:
                    reader.Utf8();
                    break;
            }
        }
        return new PublishPropertyScan(alias, expiry, identified, text);
    }

    /// <summary>Where the property begins within checked properties; -1 where it is not there.</summary>
    public static int Find(ReadOnlySpan<byte> body, PropertyId wanted)
    {
        for (var at = 0; at < body.Length; at += SizeAt(body[at..]))
        {
            if (body[at] == (byte)wanted) return at;
        }
        return -1;
    }

    /// <summary>The size of the property that checked bytes begin with, its identifier included.</summary>
    public static int SizeAt(ReadOnlySpan<byte> body)
    {
        switch ((PropertyId)body[0])
        {
            case PropertyId.PayloadFormatIndicator:
                return 2;
            case PropertyId.TopicAlias:
                return 3;
            case PropertyId.MessageExpiryInterval:
                return 5;
            case PropertyId.SubscriptionIdentifier:
                VariableInteger.TryRead(body[1..], out _, out var size);
                return 1 + size;
            case PropertyId.UserProperty:
                var name = 3 + BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
                return name + 2 + BinaryPrimitives.ReadUInt16BigEndian(body[name..]);
            default:
                return 3 + BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
        }
    }
}
