using System.Buffers;
using System.Buffers.Text;

namespace Weir.Archive;

/// <summary>Numbers as text, without loss: what cannot be held exactly is refused.</summary>
internal static class Numbers
{
    private const int MaxDigits = 18;
    private const int MaxText = 40;
    private static readonly long[] Powers = [.. Enumerable.Range(0, MaxDigits + 1).Select(power => (long)Math.Pow(10, power))];

    public static long Power(int scale) => Powers[scale];

    /// <summary>Reads a number into a field of a number's type.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, PayloadField field, int index, PayloadRow row)
    {
        switch (field.Type)
        {
            case FieldType.Integer when Utf8Parser.TryParse(text, out long whole, out var used) && used == text.Length:
                row.Set(index, whole);
                return true;
            case FieldType.Decimal when TryReadDecimal(text, field.Scale, out var digits):
                row.Set(index, digits);
                return true;
            case FieldType.Double when Utf8Parser.TryParse(text, out double real, out var used) && used == text.Length && double.IsFinite(real):
                row.Set(index, real);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The digits of a number with a fixed count of decimals.</summary>
    public static bool TryReadDecimal(ReadOnlySpan<byte> text, int scale, out long digits)
    {
        digits = 0;
        var negative = text.Length > 0 && text[0] == '-';
        if (negative) text = text[1..];
        var decimals = -1;
        var count = 0;
        foreach (var character in text)
        {
            if (character == '.' && decimals < 0) decimals = 0;
            else if (character is >= (byte)'0' and <= (byte)'9')
            {
                if (digits > 0 || character != '0') count++;
                if (decimals >= 0) decimals++;
                if (count > MaxDigits || decimals > scale) return false;
                digits = digits * 10 + (character - '0');
            }
            else return false;
        }
        if (text.Length == 0 || decimals == 0 || text[0] == '.') return false;
        var missing = scale - Math.Max(decimals, 0);
        if (digits > 0 && count + missing > MaxDigits) return false;
        digits *= Powers[missing];
        // Minus zero would come back as zero.
        if (negative && digits == 0) return false;
        if (negative) digits = -digits;
        return true;
    }

    /// <summary>Writes a number as its publisher would have.</summary>
    public static void Write(IBufferWriter<byte> target, PayloadRow row, PayloadField field, int index)
    {
        var text = target.GetSpan(MaxText);
        int written;
        switch (field.Type)
        {
            case FieldType.Integer:
                Utf8Formatter.TryFormat(row.Integer(index), text, out written);
                break;
            case FieldType.Decimal:
                written = WriteDecimal(text, row.Integer(index), field.Scale, field.AllDecimals);
                break;
            default:
                row.Double(index).TryFormat(text, out written, provider: System.Globalization.CultureInfo.InvariantCulture);
                break;
        }
        target.Advance(written);
    }

    private static int WriteDecimal(Span<byte> text, long digits, int scale, bool allDecimals)
    {
        var at = 0;
        if (digits < 0) text[at++] = (byte)'-';
        var value = (ulong)Math.Abs(digits);
        var power = (ulong)Powers[scale];
        Utf8Formatter.TryFormat(value / power, text[at..], out var whole);
        at += whole;
        var rest = value % power;
        if (scale == 0 || (rest == 0 && !allDecimals)) return at;
        text[at++] = (byte)'.';
        Utf8Formatter.TryFormat(rest, text[at..], out _, new StandardFormat('D', (byte)scale));
        at += scale;
        while (!allDecimals && text[at - 1] == '0') at--;
        return at;
    }
}

/// <summary>A payload that is a number as text.</summary>
internal sealed class NumberCodec(PayloadField field) : IPayloadCodec
{
    public bool Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row) =>
        Numbers.TryRead(payload.Trim(" \r\n\t"u8), field, 0, row) || row.Misfit($"is no {field.Type} that the column can hold", field.Name);

    public bool Encode(PayloadRow row, IBufferWriter<byte> payload)
    {
        if (!row.Has(0)) return false;
        Numbers.Write(payload, row, field, 0);
        return true;
    }
}
