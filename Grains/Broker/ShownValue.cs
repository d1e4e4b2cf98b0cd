using System.Text;

namespace Weir.Grains.Broker;

/// <summary>The beginning of a payload as a page shows it: text where it is UTF-8, else hexadecimal.</summary>
internal static class ShownValue
{
    private const int MostBytes = 200;

    public static string Of(ReadOnlySpan<byte> payload)
    {
        var shown = payload[..Math.Min(payload.Length, MostBytes)];
        var text = Encoding.UTF8.GetString(CutAtCharacter(shown));
        // The replacement character stands for what is no UTF-8; control characters are no text for a page.
        return text.Any(c => c == '�' || (char.IsControl(c) && !char.IsWhiteSpace(c))) ? Convert.ToHexString(shown) : text;
    }

    // A cut may fall within a character: its bytes after the first all begin with the bits 10 (RFC 3629, section 3).
    private static ReadOnlySpan<byte> CutAtCharacter(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < MostBytes) return bytes;
        var end = bytes.Length;
        while (end > 0 && end > bytes.Length - 4 && (bytes[end - 1] & 0xC0) == 0x80) end--;
        return end > 0 && bytes[end - 1] >= 0xC0 ? bytes[..(end - 1)] : bytes;
    }
}
