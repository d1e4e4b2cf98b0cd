using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Weir.Vision.Pictures;

/// <summary>Reads the coded blocks of a JPEG file bit by bit, up to the next marker.</summary>
internal ref struct JpegBitReader(ReadOnlySpan<byte> scan)
{
    private readonly ReadOnlySpan<byte> scan = scan;
    private ulong waiting;
    private int count;
    private int at;

    /// <summary>Bits that were made up behind the end; they may be looked at, not read.</summary>
    private int madeUp;

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public int Symbol(HuffmanTable table)
    {
        Fill();
        var (symbol, length) = table.Find((int)(waiting >> (count - 16)) & 0xFFFF);
        Take(length);
        return symbol;
    }

    /// <summary>Up to 16 bits as a number.</summary>
    public int Bits(int length)
    {
        if (length == 0) return 0;
        Fill();
        var value = (int)(waiting >> (count - length)) & ((1 << length) - 1);
        Take(length);
        return value;
    }

    /// <summary>By how much the first coefficient of a block differs from that of the block before (T.81, F.1.2.1).</summary>
    public int Difference(HuffmanTable table)
    {
        var length = Symbol(table);
        if (length > 15) throw new InvalidDataException("A JPEG file is damaged.");
        var value = Bits(length);
        return length > 0 && value >> (length - 1) == 0 ? value - (1 << length) + 1 : value;
    }

    private void Take(int length)
    {
        count -= length;
        if (count < madeUp) throw new InvalidDataException("A JPEG file is cut off.");
    }

    private void Fill()
    {
        while (count <= 32)
        {
            var isOver = at >= scan.Length || scan[at] == 0xFF && (at + 1 >= scan.Length || scan[at + 1] != 0);
            waiting = waiting << 8 | (isOver ? (byte)0 : scan[at]);
            count += 8;
            if (isOver) madeUp += 8;
            // Behind a byte of all ones stands a 0, so that it is no marker.
            else at += scan[at] == 0xFF ? 2 : 1;
        }
    }
}

/// <summary>Writes the coded blocks of a JPEG file bit by bit.</summary>
internal sealed class JpegBitWriter(int capacity)
{
    private readonly ArrayBufferWriter<byte> bytes = new(Math.Max(256, capacity));
    private ulong waiting;
    private int count;

    /// <summary>What has been written, whole bytes only; may be changed in place until more is written.</summary>
    public Span<byte> Written => MemoryMarshal.AsMemory(bytes.WrittenMemory).Span;

    public void Raw(ReadOnlySpan<byte> part) => bytes.Write(part);

    public void Symbol(HuffmanTable table, int symbol)
    {
        var (code, length) = table.CodeOf(symbol);
        Bits(code, length);
    }

    public void Difference(HuffmanTable table, int difference)
    {
        var length = 32 - BitOperations.LeadingZeroCount((uint)Math.Abs(difference));
        Symbol(table, length);
        Bits(difference < 0 ? difference + (1 << length) - 1 : difference, length);
    }

    public void Bits(int value, int length)
    {
        waiting = waiting << length | (uint)value;
        for (count += length; count >= 8; count -= 8) Put((byte)(waiting >> (count - 8)));
    }

    /// <summary>Fills the last byte with ones.</summary>
    public void Finish()
    {
        if (count > 0) Bits((1 << (8 - count)) - 1, 8 - count);
    }

    private void Put(byte value)
    {
        var space = bytes.GetSpan(2);
        space[0] = value;
        space[1] = 0;
        bytes.Advance(value == 0xFF ? 2 : 1);
    }
}
