using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Weir.Grains.Rules;

/// <summary>Reads the number that a message has.</summary>
internal static class TopicValue
{
    /// <summary>Reads it off the beginning of a payload as pages show it; null where there is none.</summary>
    /// <param name="shown">The beginning of the payload: text, else hexadecimal.</param>
    /// <param name="size">Bytes of the whole payload.</param>
    /// <param name="field">The field of a JSON object, with dots between levels; null where the payload is the number.</param>
    public static double? Of(string shown, int size, string? field)
    {
        if (field is not null) return OfField(Encoding.UTF8.GetBytes(shown), field.Split('.'));
        // Hexadecimal digits stand for half a byte each; those are no number.
        if (shown.Length != size) return null;
        return Parse(shown.Trim());
    }

    private static double? Parse(string text) => text switch
    {
        "true" => 1,
        "false" => 0,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
    };

    // Read forward, since the end may be missing.
    private static double? OfField(ReadOnlySpan<byte> json, string[] names)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, state: default);
        var found = 0;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndObject && found > 0 && reader.CurrentDepth == found) found--;
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != found + 1 || !reader.ValueTextEquals(names[found])) continue;
                if (!reader.Read()) return null;
                if (found == names.Length - 1) return Number(ref reader);
                if (reader.TokenType == JsonTokenType.StartObject) found++;
                else reader.TrySkip();
            }
        }
        catch (JsonException)
        {
            // It is none.
        }
        return null;
    }

    private static double? Number(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.TryGetDouble(out var number) && double.IsFinite(number) ? number : null,
        JsonTokenType.True => 1,
        JsonTokenType.False => 0,
        JsonTokenType.String => Parse(reader.GetString()!),
        _ => null,
    };
}
