using System.Buffers.Binary;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// The head of a batch in a segment file. All numbers are little-endian. A table of <see cref="Count"/> entries
/// follows (end of the payload within the payloads: 4 bytes, timestamp: 8 bytes), then the payloads.
/// </summary>
/// <remarks>
/// The head has a checksum of its own, so that after a corrupt body the next batch is found by its length, and a
/// scan for the next magic number does not take a payload for a head.
/// </remarks>
internal readonly record struct BatchHeader(
    int Length, long FirstOffset, int Count, uint BodyCrc, long MinTimestamp, long MaxTimestamp, Guid Writer,
    long FirstEventNumber)
{
    public const int Size = 68;
    public const int EntrySize = 12;

    /// <summary>"WBAT".</summary>
    public const uint Magic = 0x54414257;

    private const int CrcAt = 64;

    /// <summary>The offset after its last event.</summary>
    public long NextOffset => FirstOffset + Count;

    /// <summary>The writer's number of its last event.</summary>
    public long LastEventNumber => FirstEventNumber + Count - 1;

    /// <summary>Where its payloads begin, from the start of the batch.</summary>
    public int PayloadsAt => Size + Count * EntrySize;

    /// <summary>The length of a batch.</summary>
    public static long LengthOf(int count, long payloadBytes) => Size + (long)count * EntrySize + payloadBytes;

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], FirstOffset);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], BodyCrc);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], MinTimestamp);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], MaxTimestamp);
        Writer.TryWriteBytes(target[40..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[56..], FirstEventNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CrcAt..], Crc32C.Compute(target[..CrcAt]));
    }

    /// <summary>Reads a head; false where there is none, or its checksum is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out BatchHeader header)
    {
        header = default;
        if (source.Length < Size
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[CrcAt..]) != Crc32C.Compute(source[..CrcAt]))
            return false;
        header = new BatchHeader(
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[20..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            new Guid(source.Slice(40, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(source[56..]));
        return header.Count > 0 && header.Length >= LengthOf(header.Count, 0);
    }
}
