using System.Buffers.Binary;

namespace Weir.Archive;

/// <summary>Bits at fixed places, and the numbers they stand for.</summary>
internal static class BitCodec
{
    /// <summary>The last byte that a value reaches into.</summary>
    public static int LastByte(BitLayout bits)
    {
        if (!bits.BigEndian) return (bits.Start + bits.Length - 1) / 8;
        // From the highest bit on: first down to the end of its byte, then byte by byte.
        var inFirst = bits.Start % 8 + 1;
        return bits.Start / 8 + (bits.Length <= inFirst ? 0 : (bits.Length - inFirst + 7) / 8);
    }

    /// <summary>The raw bits, in the lowest places of a number. All bytes up to the last must be there.</summary>
    public static ulong Read(ReadOnlySpan<byte> data, BitLayout bits)
    {
        ulong raw = 0;
        var at = bits.Start;
        for (var i = 0; i < bits.Length; i++)
        {
            var bit = (ulong)(data[at / 8] >> (at % 8)) & 1;
            raw = bits.BigEndian ? raw << 1 | bit : raw | bit << i;
            at = Next(at, bits.BigEndian);
        }
        return raw;
    }

    /// <summary>Puts raw bits into zeroed bytes.</summary>
    public static void Write(Span<byte> data, BitLayout bits, ulong raw)
    {
        var at = bits.Start;
        for (var i = 0; i < bits.Length; i++)
        {
            var bit = bits.BigEndian ? raw >> (bits.Length - 1 - i) & 1 : raw >> i & 1;
            data[at / 8] |= (byte)(bit << (at % 8));
            at = Next(at, bits.BigEndian);
        }
    }

    /// <summary>Sets a field to what raw bits stand for.</summary>
    /// <returns>False where the column cannot hold it.</returns>
    public static bool Decode(ulong raw, PayloadField field, int index, PayloadRow row)
    {
        var bits = field.Bits!;
        if (field.Type == FieldType.Boolean)
        {
            row.Set(index, (long)raw);
            return true;
        }
        if (bits.Kind == BitKind.Float)
        {
            var real = bits.Length == 32 ? BitConverter.Int32BitsToSingle((int)raw) : BitConverter.Int64BitsToDouble((long)raw);
            row.Set(index, real * (double)bits.Factor + (double)bits.Addend);
            return double.IsFinite(row.Double(index)) || row.Misfit("is no finite number", field.Name);
        }
        if (field.Type == FieldType.Double)
        {
            var whole = bits.Kind == BitKind.Signed ? Signed(raw, bits.Length) : (double)raw;
            row.Set(index, whole * (double)bits.Factor + (double)bits.Addend);
            return true;
        }
        if (bits.Kind == BitKind.Unsigned && raw > long.MaxValue) return row.Misfit("is beyond 63 bits", field.Name);
        // Exact: factor and addend are whole numbers of the column's smallest unit.
        var number = bits.Kind == BitKind.Signed ? Signed(raw, bits.Length) : (long)raw;
        var (factor, addend) = Units(field);
        row.Set(index, number * factor + addend);
        return true;
    }

    /// <summary>The raw bits of a field's value.</summary>
    /// <returns>False where there are none that stand for exactly this value.</returns>
    public static bool Encode(PayloadField field, int index, PayloadRow row, out ulong raw)
    {
        var bits = field.Bits!;
        raw = 0;
        if (field.Type == FieldType.Boolean)
        {
            raw = (ulong)row.Integer(index);
            return true;
        }
        if (bits.Kind == BitKind.Float)
        {
            var real = (row.Double(index) - (double)bits.Addend) / (double)bits.Factor;
            raw = bits.Length == 32 ? (uint)BitConverter.SingleToInt32Bits((float)real) : (ulong)BitConverter.DoubleToInt64Bits(real);
            return true;
        }
        if (field.Type == FieldType.Double)
        {
            var whole = Math.Round((row.Double(index) - (double)bits.Addend) / (double)bits.Factor);
            if (Math.Abs(whole) >= 1L << 53) return false;
            raw = Masked((ulong)(long)whole, bits.Length);
            return true;
        }
        var (factor, addend) = Units(field);
        var scaled = row.Integer(index) - addend;
        if (scaled % factor != 0) return false;
        raw = Masked((ulong)(scaled / factor), bits.Length);
        return true;
    }

    /// <summary>The type that holds all values exactly, with its decimals; a double where none does.</summary>
    public static (FieldType Type, int Scale) TypeOf(BitLayout bits)
    {
        if (bits.Kind == BitKind.Float) return (FieldType.Double, 0);
        var scale = Math.Max(Decimals(bits.Factor), Decimals(bits.Addend));
        if (scale > PayloadSchemaValidation.MaxScale) return (FieldType.Double, 0);
        var most = Math.Pow(2, bits.Kind == BitKind.Signed ? bits.Length - 1 : bits.Length);
        var units = (most * Math.Abs((double)bits.Factor) + Math.Abs((double)bits.Addend)) * Math.Pow(10, scale);
        if (units >= 9e17) return scale == 0 && bits is { Factor: 1, Addend: 0 } ? (FieldType.Integer, 0) : (FieldType.Double, 0);
        return scale == 0 ? (FieldType.Integer, 0) : (FieldType.Decimal, scale);
    }

    private static (long Factor, long Addend) Units(PayloadField field)
    {
        var unit = Numbers.Power(field.Type == FieldType.Decimal ? field.Scale : 0);
        return ((long)(field.Bits!.Factor * unit), (long)(field.Bits.Addend * unit));
    }

    private static int Decimals(decimal value)
    {
        var decimals = 0;
        while (value != decimal.Truncate(value) && decimals <= PayloadSchemaValidation.MaxScale)
        {
            value *= 10;
            decimals++;
        }
        return decimals;
    }

    private static long Signed(ulong raw, int length) => (long)(raw << (64 - length)) >> (64 - length);

    private static ulong Masked(ulong raw, int length) => length == 64 ? raw : raw & ((1UL << length) - 1);

    // A big-endian value goes down through its byte, and then on at the top of the next (DBC, "sawtooth" counting).
    private static int Next(int bit, bool bigEndian) => !bigEndian ? bit + 1 : bit % 8 == 0 ? bit + 15 : bit - 1;
}

/// <summary>The fields of one layout: of fixed binary payloads, or of one kind of CAN frame.</summary>
internal sealed class BitFields
{
    private readonly IReadOnlyList<PayloadField> fields;
    private readonly int[] indices;
    private readonly int[] multiplexers;

    /// <param name="all">All fields of the schema.</param>
    /// <param name="own">The indices of those of this layout.</param>
    public BitFields(IReadOnlyList<PayloadField> all, IEnumerable<int> own)
    {
        fields = all;
        // Multiplexers before what they decide on.
        indices = [.. own.OrderBy(index => Depth(all, index))];
        multiplexers = [.. indices.Select(index => IndexOf(all, all[index].Bits!.Multiplexer))];
        Bytes = indices.Length == 0 ? 0 : indices.Max(index => BitCodec.LastByte(all[index].Bits!)) + 1;
    }

    /// <summary>How many bytes the layout reaches over.</summary>
    public int Bytes { get; }

    public bool Decode(ReadOnlySpan<byte> data, PayloadRow row)
    {
        var fits = true;
        for (var i = 0; i < indices.Length; i++)
        {
            var field = fields[indices[i]];
            if (!IsThere(field, multiplexers[i], row)) continue;
            if (BitCodec.LastByte(field.Bits!) >= data.Length)
                fits = row.Misfit($"reaches over byte {BitCodec.LastByte(field.Bits!)}, but the data has {data.Length} bytes", field.Name);
            else
                fits &= BitCodec.Decode(BitCodec.Read(data, field.Bits!), field, indices[i], row);
        }
        return fits;
    }

    public bool Encode(PayloadRow row, Span<byte> data)
    {
        for (var i = 0; i < indices.Length; i++)
        {
            var field = fields[indices[i]];
            if (!row.Has(indices[i])) continue;
            if (BitCodec.LastByte(field.Bits!) >= data.Length || !BitCodec.Encode(field, indices[i], row, out var raw)) return false;
            BitCodec.Write(data, field.Bits!, raw);
        }
        return true;
    }

    private bool IsThere(PayloadField field, int multiplexer, PayloadRow row)
    {
        if (multiplexer < 0) return true;
        if (!row.Has(multiplexer) || !BitCodec.Encode(fields[multiplexer], multiplexer, row, out var raw)) return false;
        foreach (var range in field.Bits!.MultiplexValues)
        {
            if ((long)raw >= range.First && (long)raw <= range.Last) return true;
        }
        return false;
    }

    private static int Depth(IReadOnlyList<PayloadField> all, int index)
    {
        var depth = 0;
        while (IndexOf(all, all[index].Bits!.Multiplexer) is >= 0 and var above && depth < all.Count) (index, depth) = (above, depth + 1);
        return depth;
    }

    private static int IndexOf(IReadOnlyList<PayloadField> all, string? name)
    {
        for (var i = 0; name is not null && i < all.Count; i++)
        {
            if (all[i].Name == name) return i;
        }
        return -1;
    }
}
