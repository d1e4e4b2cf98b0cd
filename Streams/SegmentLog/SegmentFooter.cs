using System.Buffers.Binary;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// What is written behind the last batch when a segment is closed: its end and its index, so that opening a stream
/// reads a few hundred bytes of each closed segment instead of all of them. A segment without one is scanned.
/// </summary>
internal sealed record SegmentFooter(long NextOffset, long MaxTimestamp, IReadOnlyList<IndexEntry> Index)
{
    private const uint Magic = 0x32444957; // "WID2"

    // "WIDX", the form before: its entries have no time, so a time is looked for from the segment's first one.
    private const uint FormerMagic = 0x58444957;
    private const int FormerEntrySize = 16;
    private const int FixedSize = 24;
    private const int TrailerSize = 12; // checksum, length, magic
    private const int EntrySize = 24;

    public static int SizeFor(int entries) => FixedSize + entries * EntrySize + TrailerSize;

    public byte[] ToBytes()
    {
        var bytes = new byte[SizeFor(Index.Count)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Index.Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), MaxTimestamp);
        for (var i = 0; i < Index.Count; i++)
        {
            var entry = bytes.AsSpan(FixedSize + i * EntrySize);
            BinaryPrimitives.WriteInt64LittleEndian(entry, Index[i].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], Index[i].Position);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], Index[i].MaxTimestampBefore);
        }
        var trailer = bytes.AsSpan(bytes.Length - TrailerSize);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32C.Compute(bytes.AsSpan(0, bytes.Length - TrailerSize)));
        BinaryPrimitives.WriteInt32LittleEndian(trailer[4..], bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[8..], Magic);
        return bytes;
    }

    /// <summary>Reads the footer at the end of a file; null where there is none that is sound.</summary>
    public static SegmentFooter? TryRead(ISegmentMedium medium, long fileLength, out long footerAt)
    {
        footerAt = fileLength;
        Span<byte> trailer = stackalloc byte[TrailerSize];
        if (fileLength < SizeFor(0) || medium.Read(trailer, fileLength - TrailerSize) < TrailerSize
            || BinaryPrimitives.ReadUInt32LittleEndian(trailer[8..]) is not (Magic or FormerMagic))
            return null;
        var hasTimes = BinaryPrimitives.ReadUInt32LittleEndian(trailer[8..]) == Magic;
        var entrySize = hasTimes ? EntrySize : FormerEntrySize;
        var length = BinaryPrimitives.ReadInt32LittleEndian(trailer[4..]);
        if (length < SizeFor(0) || length > fileLength) return null;

        var bytes = new byte[length];
        if (medium.Read(bytes, fileLength - length) < length
            || BinaryPrimitives.ReadUInt32LittleEndian(trailer) != Crc32C.Compute(bytes.AsSpan(0, length - TrailerSize)))
            return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        if (FixedSize + (long)count * entrySize + TrailerSize != length) return null;

        var index = new IndexEntry[count];
        for (var i = 0; i < count; i++)
        {
            var entry = bytes.AsSpan(FixedSize + i * entrySize);
            index[i] = new IndexEntry(
                BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[8..]),
                hasTimes ? BinaryPrimitives.ReadInt64LittleEndian(entry[16..]) : i == 0 ? long.MinValue : long.MaxValue);
        }
        footerAt = fileLength - length;
        return new SegmentFooter(
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)), index);
    }
}
