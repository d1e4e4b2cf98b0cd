using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Weir.Grains.Rules;

/// <summary>Reads the number that a message has.</summary>
internal static class TopicValue
{
    // Of a number and what spaces may be about it.
    private const int LongestNumber = 200;

    /// <summary>Reads it off a payload, or off its beginning; null where there is none.</summary>
    /// <param name="payload">The payload, or the beginning of it.</param>
    /// <param name="size">Bytes of the whole payload.</param>
    /// <param name="field">The field of a JSON object, with dots between levels; null where the payload is the number.</param>
    public static double? Of(ReadOnlySpan<byte> payload, int size, string? field)
    {
        if (field is not null) return OfField(payload, field.Split('.'));
        return payload.Length == size && size <= LongestNumber ? Parse(Encoding.UTF8.GetString(payload).Trim()) : null;
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
