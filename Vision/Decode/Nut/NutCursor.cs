using System.Buffers.Binary;

namespace Weir.Vision.Decode.Nut;

/// <summary>
/// Reads NUT's values from a span. Past the end all reads give 0 and <see cref="IsShort"/> is set, so that a parser
/// asks once, at its end, whether it had all it needed.
/// </summary>
internal ref struct NutCursor(ReadOnlySpan<byte> bytes)
{
    private const int MaxVariableLength = 10;
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>How far it has read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether more was read than there is.</summary>
    public bool IsShort { get; private set; }

    public readonly int Left => bytes.Length - Position;

    public readonly ReadOnlySpan<byte> Before => bytes[..Position];

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > Left || IsShort)
        {
            IsShort = true;
            return default;
        }
        Position += count;
        return bytes.Slice(Position - count, count);
    }

    public byte Byte() => Bytes(1) is [var value] ? value : (byte)0;

    public uint Fixed32() => Bytes(sizeof(uint)) is { IsEmpty: false } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;

    public ulong Fixed64() => Bytes(sizeof(ulong)) is { IsEmpty: false } value
        ? BinaryPrimitives.ReadUInt64BigEndian(value)
        : 0;

    /// <summary>NUT's "v": seven bits a byte, the highest first; the top bit says that another byte follows.</summary>
    public long Variable() => Unsigned() is <= long.MaxValue and var value
        ? (long)value
        : throw new NutException("a number is too large.");

    /// <summary>A "v" that must be within bounds, as memory or an index depends on it.</summary>
    public int Variable(int max, string what)
    {
        var value = Variable();
        return value <= max ? (int)value : throw new NutException($"{what} is {value}, but at most {max} is allowed.");
    }

    /// <summary>NUT's "s": a signed number, 0, 1, -1, 2, -2 … as 0, 1, 2, 3, 4 ….</summary>
    public long Signed()
    {
        var value = unchecked(Unsigned() + 1);
        return (value & 1) == 0 ? (long)(value >> 1) : -(long)(value >> 1);
    }

    /// <summary>NUT's "vb": a length and that many bytes.</summary>
    public byte[] Binary(int max, string what) => Bytes(Variable(max, what)).ToArray();

    private ulong Unsigned()
    {
        var value = 0UL;
        for (var i = 0; i < MaxVariableLength; i++)
        {
            var next = Byte();
            value = value << 7 | (uint)(next & 0x7F);
            if ((next & 0x80) == 0) return value;
        }
        throw new NutException("a number has more than ten bytes.");
    }
}
