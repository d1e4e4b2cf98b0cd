using System.Buffers.Binary;

namespace Weir.Archive;

/// <summary>
/// The form in which messages lie in a stream: one event holds a block of messages that were accepted together.
/// </summary>
/// <remarks>
/// Header, little-endian: version (1 byte, 3 zero), count (int32), sequence of the first message, floor, first time,
/// span (int64 each). A message's key time is the greater of the floor and its own time, which never falls within a
/// block; so a block is encoded before its keys are known, and stamping it writes two numbers.
/// Each message: flags; time since the message before (varint); where flagged, received less own time (zigzag
/// varint); unless flagged as the same, topic; where flagged, properties; payload. Texts and bytes carry a varint
/// length.
/// </remarks>
internal static class MessageBlock
{
    public const byte Version = 1;
    public const int HeaderBytes = 40;

    public const byte RetainFlag = 1;
    public const byte QosMask = 0b110;
    public const int QosShift = 1;
    public const byte SameTopicFlag = 1 << 3;
    public const byte ReceivedFlag = 1 << 4;
    public const byte PropertiesFlag = 1 << 5;

    private const int CountAt = 4;
    private const int SequenceAt = 8;
    private const int FloorAt = 16;
    private const int FirstAt = 24;
    private const int SpanAt = 32;

    public static void WriteHeader(Span<byte> block, int count, long first, long span)
    {
        block[..HeaderBytes].Clear();
        block[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(block[CountAt..], count);
        BinaryPrimitives.WriteInt64LittleEndian(block[FirstAt..], first);
        BinaryPrimitives.WriteInt64LittleEndian(block[SpanAt..], span);
    }

    public static void WriteStamp(Span<byte> block, long floor, long sequence)
    {
        BinaryPrimitives.WriteInt64LittleEndian(block[FloorAt..], floor);
        BinaryPrimitives.WriteInt64LittleEndian(block[SequenceAt..], sequence);
    }

    /// <summary>Reads what a block says of itself as a whole.</summary>
    /// <exception cref="InvalidDataException">It is no block, or of a later version.</exception>
    public static MessageBlockHeader ReadHeader(ReadOnlySpan<byte> block)
    {
        if (block.Length < HeaderBytes) throw new InvalidDataException($"A block of messages has at least {HeaderBytes} bytes, but this has {block.Length}.");
        if (block[0] != Version) throw new InvalidDataException($"This program reads blocks of messages of version {Version}, but this has version {block[0]}.");
        var header = new MessageBlockHeader(
            BinaryPrimitives.ReadInt32LittleEndian(block[CountAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[SequenceAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[FloorAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[FirstAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[SpanAt..]));
        return header.Count > 0 ? header : throw new InvalidDataException("A block of messages is empty.");
    }
}

/// <summary>What a block says of itself as a whole.</summary>
internal readonly record struct MessageBlockHeader(int Count, long Sequence, long Floor, long First, long Span)
{
    public MessageKey FirstKey => new(Math.Max(Floor, First), Sequence);

    public MessageKey LastKey => new(Math.Max(Floor, First + Span), Sequence + Count - 1);
}
