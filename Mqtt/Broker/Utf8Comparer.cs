using System.Runtime.InteropServices;

namespace Weir.Mqtt;

/// <summary>
/// Compares names by their bytes. The hash folds eight bytes at a time by multiplication and begins with a number drawn
/// at start, so that a client cannot choose names that collide.
/// </summary>
internal sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    /// <summary>Odd, with bits spread evenly: the golden ratio in 64 bits.</summary>
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64() | 1;

    public static Utf8Comparer Instance { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = Seed ^ (ulong)alternate.Length * Spread;
        while (alternate.Length >= sizeof(ulong))
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(alternate));
            alternate = alternate[sizeof(ulong)..];
        }
        ulong tail = 0;
        foreach (var b in alternate) tail = tail << 8 | b;
        hash = Fold(hash ^ tail);
        return (int)(hash ^ hash >> 32);
    }

    private static ulong Fold(ulong value)
    {
        var high = Math.BigMul(value, Spread ^ Seed, out var low);
        return high ^ low;
    }
}
