namespace Weir.Vision.Pictures;

/// <summary>A table of a JPEG file: codes of up to 16 bits, each with the byte that it stands for (ITU-T T.81, annex C).</summary>
internal sealed class HuffmanTable
{
    private const int MostBits = 16;
    private const int QuickBits = 9;

    /// <summary>Of the next <see cref="QuickBits"/> bits: symbol and length of the code that they begin with; 0 where it is longer.</summary>
    private readonly ushort[] quick = new ushort[1 << QuickBits];
    private readonly int[] firstCode = new int[MostBits + 2];
    private readonly int[] firstSymbol = new int[MostBits + 2];
    private readonly int[] counts = new int[MostBits + 1];
    private readonly byte[] symbols;
    private readonly (ushort Code, byte Length)[] codes = new (ushort, byte)[256];

    private HuffmanTable(ReadOnlySpan<byte> lengths, ReadOnlySpan<byte> symbols)
    {
        this.symbols = symbols.ToArray();
        var (code, next) = (0, 0);
        for (var length = 1; length <= MostBits; length++, code <<= 1)
        {
            (firstCode[length], firstSymbol[length], counts[length]) = (code, next, lengths[length - 1]);
            for (var i = 0; i < counts[length]; i++, code++, next++)
            {
                if (code >= 1 << length) throw new InvalidDataException("A table of a JPEG file has too many codes.");
                codes[symbols[next]] = ((ushort)code, (byte)length);
                if (length > QuickBits) continue;
                quick.AsSpan(code << (QuickBits - length), 1 << (QuickBits - length)).Fill((ushort)(symbols[next] << 8 | length));
            }
        }
    }

    /// <summary>Reads a segment of tables into those that are there, by class (0 for DC, 0x10 for AC) and number.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static void Read(ReadOnlySpan<byte> segment, Dictionary<int, HuffmanTable> tables)
    {
        while (!segment.IsEmpty)
        {
            if (segment.Length < 1 + MostBits) throw new InvalidDataException("A table of a JPEG file is cut off.");
            var name = segment[0];
            var lengths = segment.Slice(1, MostBits);
            var count = 0;
            foreach (var length in lengths) count += length;
            if (count > 256 || segment.Length < 1 + MostBits + count) throw new InvalidDataException("A table of a JPEG file is cut off.");
            tables[name] = new HuffmanTable(lengths, segment.Slice(1 + MostBits, count));
            segment = segment[(1 + MostBits + count)..];
        }
    }

    /// <summary>The symbol that the next bits begin with, and the length of its code.</summary>
    /// <param name="next">The next 16 bits.</param>
    /// <exception cref="InvalidDataException">They begin with no code.</exception>
    public (int Symbol, int Length) Find(int next)
    {
        if (quick[next >> (MostBits - QuickBits)] is > 0 and var found) return (found >> 8, found & 0xFF);
        for (var length = QuickBits + 1; length <= MostBits; length++)
        {
            var place = (next >> (MostBits - length)) - firstCode[length];
            if (place >= 0 && place < counts[length]) return (symbols[firstSymbol[length] + place], length);
        }
        throw new InvalidDataException("A JPEG file is damaged.");
    }

    /// <summary>The code of a symbol.</summary>
    /// <exception cref="InvalidDataException">The table has none for it.</exception>
    public (int Code, int Length) CodeOf(int symbol) => codes[symbol] is { Length: > 0 } code
        ? code
        : throw new InvalidDataException("A table of a JPEG file lacks a code.");
}
