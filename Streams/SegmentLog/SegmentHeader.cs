using System.Buffers.Binary;

namespace Weir.Streams.SegmentLog;

/// <summary>What a writer had stored when a segment began.</summary>
internal readonly record struct WriterSnapshot(Guid Writer, long LastEventNumber, long LastOffset);

/// <summary>
/// The head of a segment file: its first offset and the last event number of each writer. The numbers stand in every
/// segment, so that truncation of older segments does not lose them.
/// </summary>
internal static class SegmentHeader
{
    private const ulong Magic = 0x01_47_45_53_52_49_45_57; // "WEIRSEG", version 1
    private const int FixedSize = 32;
    private const int WriterSize = 32;
    private const int CrcAt = 28;

    public static int SizeFor(int writers) => FixedSize + writers * WriterSize;

    public static byte[] Write(long baseOffset, long createdMicroseconds, IReadOnlyList<WriterSnapshot> writers)
    {
        var bytes = new byte[SizeFor(writers.Count)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), baseOffset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), createdMicroseconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), writers.Count);
        for (var i = 0; i < writers.Count; i++)
        {
            var entry = bytes.AsSpan(SizeFor(i));
            writers[i].Writer.TryWriteBytes(entry);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], writers[i].LastEventNumber);
            BinaryPrimitives.WriteInt64LittleEndian(entry[24..], writers[i].LastOffset);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcAt), Crc(bytes));
        return bytes;
    }

    /// <summary>Reads the head of a segment; null where it is torn or corrupt.</summary>
    public static IReadOnlyList<WriterSnapshot>? TryRead(ISegmentMedium medium, long fileLength, long baseOffset)
    {
        Span<byte> start = stackalloc byte[FixedSize];
        if (medium.Read(start, 0) < FixedSize || BinaryPrimitives.ReadUInt64LittleEndian(start) != Magic) return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(start[24..]);
        if (count < 0 || FixedSize + (long)count * WriterSize > fileLength) return null;

        var bytes = new byte[SizeFor(count)];
        if (medium.Read(bytes, 0) < bytes.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(CrcAt)) != Crc(bytes)
            || BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)) != baseOffset)
            return null;

        var writers = new WriterSnapshot[count];
        for (var i = 0; i < count; i++)
        {
            var entry = bytes.AsSpan(SizeFor(i));
            writers[i] = new WriterSnapshot(
                new Guid(entry[..16]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[24..]));
        }
        return writers;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes) => Crc32C.Compute(bytes[FixedSize..], Crc32C.Compute(bytes[..CrcAt]));
}
