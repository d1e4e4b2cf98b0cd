using System.Buffers.Binary;
using System.Numerics;

namespace Weir.Streams;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step with the processor's own instruction.</summary>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="data"/>; <paramref name="before"/> is that of the bytes before it.</summary>
    public static uint Compute(ReadOnlySpan<byte> data, uint before = 0)
    {
        var crc = ~before;
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }
        foreach (var b in data) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
