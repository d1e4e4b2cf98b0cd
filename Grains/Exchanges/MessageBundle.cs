using System.Buffers;
using System.Buffers.Binary;
using Weir.Archive;

namespace Weir.Grains.Exchanges;

/// <summary>
/// Messages on their way from the broker of one silo to another silo. Each is: length of topic (2 bytes), of properties
/// (4), of payload (4), quality of service with the retain flag in bit 2 and in bit 3 whether it may be kept already (1), time of receipt (8), then topic,
/// properties and payload; numbers little-endian.
/// </summary>
/// <param name="Bytes">The messages, one after the other.</param>
/// <param name="Count">How many.</param>
[GenerateSerializer, Immutable, Alias("weir.MessageBundle")]
internal sealed record MessageBundle([property: Id(0)] ReadOnlyMemory<byte> Bytes, [property: Id(1)] int Count)
{
    private const int HeaderBytes = 19;
    private const int QosMask = 3;
    private const int RetainBit = 4;
    private const int MayBeKeptBit = 8;

    /// <summary>The messages; they share the bundle's memory.</summary>
    /// <exception cref="InvalidDataException">The bytes are no bundle.</exception>
    public InboundMessage[] Read()
    {
        var messages = new InboundMessage[Count];
        var rest = Bytes;
        for (var i = 0; i < messages.Length; i++)
        {
            if (rest.Length < HeaderBytes) throw Broken();
            var header = rest.Span;
            var topic = BinaryPrimitives.ReadUInt16LittleEndian(header);
            var properties = BinaryPrimitives.ReadInt32LittleEndian(header[2..]);
            var payload = BinaryPrimitives.ReadInt32LittleEndian(header[6..]);
            var flags = header[10];
            var received = BinaryPrimitives.ReadInt64LittleEndian(header[11..]);
            rest = rest[HeaderBytes..];
            if (properties < 0 || payload < 0 || topic + (long)properties + payload > rest.Length) throw Broken();
            messages[i] = new InboundMessage(
                rest[..topic], rest.Slice(topic + properties, payload), (byte)(flags & QosMask), (flags & RetainBit) != 0,
                received, rest.Slice(topic, properties), (flags & MayBeKeptBit) != 0);
            rest = rest[(topic + properties + payload)..];
        }
        return rest.IsEmpty ? messages : throw Broken();
    }

    /// <summary>Writes one message of a bundle.</summary>
    public static void Write(IBufferWriter<byte> target, in InboundMessage message)
    {
        var header = target.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)message.Topic.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[2..], message.Properties.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[6..], message.Payload.Length);
        header[10] = (byte)(message.Qos | (message.Retain ? RetainBit : 0) | (message.MayBeKept ? MayBeKeptBit : 0));
        BinaryPrimitives.WriteInt64LittleEndian(header[11..], message.ReceivedMicros);
        target.Advance(HeaderBytes);
        target.Write(message.Topic.Span);
        target.Write(message.Properties.Span);
        target.Write(message.Payload.Span);
    }

    private static InvalidDataException Broken() => new("A bundle of messages is cut off or has bytes left over.");
}

/// <summary>Takes messages for an exchange from the brokers of other silos. The key is the exchange's name.</summary>
[Alias("weir.IExchangeIntakeGrain")]
internal interface IExchangeIntakeGrain : IGrainWithStringKey
{
    /// <summary>
    /// Ends when the exchange's stream has the messages for good. Where the exchange was removed, they pass. Cancelling
    /// ends the waiting for room.
    /// </summary>
    [Alias("Accept"), Orleans.Concurrency.AlwaysInterleave] Task AcceptAsync(MessageBundle bundle, CancellationToken cancellationToken);
}
