using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Weir.Pravega;

/// <summary>
/// Where a key lies in the key space, from 0 up to but not including 1. The same as in Pravega's Java client, so that both
/// send a key to the same segment: MurmurHash3 x64 128 over the key's UTF-16 code units, its first 52 bits as the fraction.
/// </summary>
public static class RoutingKey
{
    // Java's "EventRouter".hashCode() and "KeyValueTableRouter".hashCode(), which seed the two hashes.
    private const int EventSeed = 1741865571;
    private const int TableSeed = -2020233499;
    private const ulong C1 = 0x87c37b91114253d5, C2 = 0x4cf5ad432745937f;

    /// <summary>The place of an event's routing key.</summary>
    public static double Place(ReadOnlySpan<char> key)
    {
        if (BitConverter.IsLittleEndian) return Fraction(Hash(MemoryMarshal.AsBytes(key), EventSeed));
        return Fraction(Hash(Encoding.Unicode.GetBytes(key.ToArray()), EventSeed));
    }

    /// <summary>The place of a key-value table's serialised key, which says in which partition it lies.</summary>
    public static double PlaceOfTableKey(ReadOnlySpan<byte> key) => Fraction(Hash(key, TableSeed));

    /// <summary>The first word of the 128-bit hash of an event's routing key.</summary>
    internal static ulong HashOf(ReadOnlySpan<char> key) => Hash(MemoryMarshal.AsBytes(key), EventSeed);

    /// <summary>The first word of the 128-bit hash of a table key.</summary>
    internal static ulong HashOfTableKey(ReadOnlySpan<byte> key) => Hash(key, TableSeed);

    private static double Fraction(ulong hash) => BitConverter.UInt64BitsToDouble(0x3FF0000000000000 + (hash >> 12)) - 1.0;

    private static ulong Hash(ReadOnlySpan<byte> data, int seed)
    {
        var length = (ulong)data.Length;
        var a = (ulong)(long)seed;
        var b = a;
        while (data.Length >= 16)
        {
            a ^= First(BinaryPrimitives.ReadUInt64LittleEndian(data));
            a = (BitOperations.RotateLeft(a, 27) + b) * 5 + 0x52dce729;
            b ^= Second(BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
            b = (BitOperations.RotateLeft(b, 31) + a) * 5 + 0x38495ab5;
            data = data[16..];
        }
        if (data.Length > 8) b ^= Second(Tail(data[8..]));
        if (data.Length > 0) a ^= First(Tail(data[..Math.Min(8, data.Length)]));
        a ^= length;
        b ^= length;
        a += b;
        b += a;
        return Mix(a) + Mix(b);
    }

    private static ulong First(ulong k) => BitOperations.RotateLeft(k * C1, 31) * C2;

    private static ulong Second(ulong k) => BitOperations.RotateLeft(k * C2, 33) * C1;

    private static ulong Tail(ReadOnlySpan<byte> rest)
    {
        var word = 0UL;
        for (var i = rest.Length - 1; i >= 0; i--) word = (word << 8) | rest[i];
        return word;
    }

    private static ulong Mix(ulong k)
    {
        k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd;
        k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53;
        return k ^ (k >> 33);
    }
}
