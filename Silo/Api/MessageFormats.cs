using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Silo.Api;

/// <summary>A form in which a range of messages is streamed.</summary>
internal interface IMessageFormat
{
    /// <summary>Its media type.</summary>
    string ContentType { get; }

    /// <summary>Writes what stands before all pages.</summary>
    void WriteHead(IBufferWriter<byte> target, MessagePage first);

    /// <summary>Writes a page; its gaps stand before its messages.</summary>
    void WritePage(IBufferWriter<byte> target, MessagePage page);
}

/// <summary>A JSON object a line: a message, or <c>{"gap": …}</c>.</summary>
internal sealed class NdjsonMessages : IMessageFormat
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public string ContentType => "application/x-ndjson";

    public void WriteHead(IBufferWriter<byte> target, MessagePage first)
    {
    }

    public void WritePage(IBufferWriter<byte> target, MessagePage page)
    {
        foreach (var gap in page.Gaps) WriteLine(target, new { gap = GapAnswer.Of(gap) });
        foreach (var row in page.Rows) WriteLine(target, MessageAnswer.Of(row, page.Columns));
    }

    /// <summary>An object as one line without its end.</summary>
    public static byte[] ToBytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json);

    private static void WriteLine<T>(IBufferWriter<byte> target, T value)
    {
        target.Write(ToBytes(value));
        target.Write("\n"u8);
    }
}

/// <summary>
/// Comma-separated values (RFC 4180): the columns of a message, those of the schema, and at the end the word of a gap, in a
/// row of its own.
/// </summary>
internal sealed class CsvMessages : IMessageFormat
{
    private readonly StringBuilder line = new();
    private IReadOnlyList<MessageColumn> columns = [];

    public string ContentType => "text/csv; charset=utf-8";

    public void WriteHead(IBufferWriter<byte> target, MessagePage first)
    {
        // The columns of the first page hold for all of the answer: a header cannot be taken back.
        columns = first.Columns;
        WriteLine(target, ["key", "time", "topic", "qos", "retain", "payload", "payloadBase64", .. columns.Select(column => column.Name), "gap"]);
    }

    public void WritePage(IBufferWriter<byte> target, MessagePage page)
    {
        var empty = Enumerable.Repeat<string?>(null, columns.Count);
        foreach (var gap in page.Gaps) WriteLine(target, [null, Time(gap.From), null, null, null, null, null, .. empty, gap.Detail]);
        var places = columns.Select(column => page.Columns.TakeWhile(other => other.Name != column.Name).Count()).ToList();
        foreach (var row in page.Rows)
        {
            var text = MessageAnswer.TextOf(row.Payload);
            WriteLine(target,
            [
                row.Key, Time(row.Timestamp), row.Topic, row.Qos.ToString(CultureInfo.InvariantCulture), row.Retain ? "true" : "false",
                text, text is null ? Convert.ToBase64String(row.Payload) : null,
                .. places.Select(place => place < row.Values.Count ? Text(row.Values[place]) : null), null,
            ]);
        }
    }

    /// <summary>Writes a line of values.</summary>
    public void WriteLine(IBufferWriter<byte> target, IReadOnlyList<string?> values)
    {
        line.Clear();
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) line.Append(',');
            if (values[i] is not { } value) continue;
            if (!value.AsSpan().ContainsAny(",\"\r\n")) line.Append(value);
            else line.Append('"').Append(value).Replace("\"", "\"\"", line.Length - value.Length, value.Length).Append('"');
        }
        target.Write(Encoding.UTF8.GetBytes(line.Append("\r\n").ToString()));
    }

    private static string Time(long micros) => ApiTime.Of(micros).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);

    private static string? Text(object? value) => value switch
    {
        null => null,
        bool truth => truth ? "true" : "false",
        byte[] bytes => Convert.ToBase64String(bytes),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
