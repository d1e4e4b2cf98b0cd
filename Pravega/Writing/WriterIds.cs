using System.Buffers.Binary;

namespace Weir.Pravega.Writing;

/// <summary>
/// The id under which a writer is known in one segment. The store tells writers on a connection apart by the id only, so
/// each segment of a writer has its own; the same writer and segment always give the same.
/// </summary>
internal static class WriterIds
{
    public static Guid Of(Guid writer, long segmentId)
    {
        if (segmentId == 0) return writer;
        Span<byte> bytes = stackalloc byte[16];
        writer.TryWriteBytes(bytes, bigEndian: true, out _);
        // A multiplication by an odd number loses nothing, so two segments never get the same.
        var low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low ^ ((ulong)segmentId * 0x9E3779B97F4A7C15));
        return new Guid(bytes, bigEndian: true);
    }
}
