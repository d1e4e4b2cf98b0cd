using System.Text;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Silo.Api;

/// <summary>A page of messages.</summary>
/// <param name="Messages">In the order that was asked for.</param>
/// <param name="Next">What to give as 'after' for the next page; null at the end.</param>
/// <param name="Gaps">What is known to be missing from the range.</param>
/// <param name="Columns">The typed columns, as they stand in 'values'; none where the exchange has no schema.</param>
internal sealed record MessagesAnswer(
    IReadOnlyList<MessageAnswer> Messages, string? Next, IReadOnlyList<GapAnswer> Gaps, IReadOnlyList<MessageColumn> Columns)
{
    public static MessagesAnswer Of(MessagePage page) =>
        new([.. page.Rows.Select(row => MessageAnswer.Of(row, page.Columns))], page.Next, [.. page.Gaps.Select(GapAnswer.Of)], page.Columns);
}

/// <summary>A message; its payload as text where it is UTF-8, else as Base64; its typed values by name.</summary>
internal sealed record MessageAnswer(
    string Key, DateTimeOffset Time, string Topic, string? Payload, string? PayloadBase64, int Qos, bool Retain,
    IReadOnlyDictionary<string, object?>? Values)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static MessageAnswer Of(MessageRow row, IReadOnlyList<MessageColumn> columns)
    {
        var text = TextOf(row.Payload);
        return new MessageAnswer(
            row.Key, ApiTime.Of(row.Timestamp), row.Topic, text, text is null ? Convert.ToBase64String(row.Payload) : null, row.Qos, row.Retain,
            ValuesOf(row, columns));
    }

    /// <summary>The payload as text; null where it is none.</summary>
    public static string? TextOf(byte[] payload)
    {
        try
        {
            return StrictUtf8.GetString(payload);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static Dictionary<string, object?>? ValuesOf(MessageRow row, IReadOnlyList<MessageColumn> columns)
    {
        if (columns.Count == 0) return null;
        Dictionary<string, object?> values = new(StringComparer.Ordinal);
        for (var i = 0; i < columns.Count && i < row.Values.Count; i++)
        {
            // What no JSON number can say is said in words.
            if (row.Values[i] is { } value) values[columns[i].Name] = value is double real && !double.IsFinite(real) ? real.ToString(System.Globalization.CultureInfo.InvariantCulture) : value;
        }
        return values;
    }
}

/// <summary>A range that is known to be missing.</summary>
internal sealed record GapAnswer(DateTimeOffset From, DateTimeOffset To, long? Messages, string Cause, string Detail)
{
    public static GapAnswer Of(MessageGap gap) => new(ApiTime.Of(gap.From), ApiTime.Of(gap.To), gap.Messages, gap.Cause, gap.Detail);
}
