using System.Text;

namespace Weir.Web.Text;

/// <summary>A payload as a person can read it: text where it is UTF-8, else hexadecimal; cut where it is long.</summary>
internal static class PayloadText
{
    private const int MostShown = 2_000;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Of(byte[] payload)
    {
        var text = TryText(payload) ?? Convert.ToHexString(payload.AsSpan(0, Math.Min(payload.Length, MostShown / 2)));
        return text.Length <= MostShown ? text : string.Concat(text.AsSpan(0, MostShown), "…");
    }

    private static string? TryText(byte[] payload)
    {
        try
        {
            var text = Strict.GetString(payload);
            return text.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
