using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Weir.Streams;
using Weir.Streams.SegmentLog.Files;

namespace Weir.Client.Streams;

/// <summary>Which events are wanted.</summary>
/// <param name="From">The offset of the first.</param>
/// <param name="Since">Events before this are left out; null for none.</param>
/// <param name="Count">Most events.</param>
internal sealed record DumpRange(long From, DateTimeOffset? Since, long Count);

/// <summary>Writes the events of a stream as lines of JSON.</summary>
internal static class StreamDump
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // For terminals and files, not for web pages.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(StreamFiles stream, DumpRange range, TextWriter output)
    {
        var sinceMicros = range.Since is { } since ? (since - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : long.MinValue;
        var left = range.Count;
        for (var i = 0; i < stream.Segments.Count && left > 0; i++)
        {
            if (i + 1 < stream.Segments.Count && stream.Segments[i + 1].FirstOffset <= range.From) continue;
            foreach (var part in stream.Segments[i].Read(withEvents: true))
            {
                if (part is SegmentDamage damage)
                {
                    output.WriteLine(Damage(stream.Segments[i], damage));
                    continue;
                }
                var batch = (SegmentBatch)part;
                foreach (var stored in batch.Events)
                {
                    if (stored.Position.Offset < range.From || stored.Timestamp < sinceMicros) continue;
                    output.WriteLine(Line(stored, batch));
                    if (--left == 0) return;
                }
            }
        }
    }

    private static string Line(StoredEvent stored, SegmentBatch batch) => Json(json =>
    {
        json.WriteString("position", stored.Position.ToString());
        json.WriteString("time", StreamReport.Time(stored.Timestamp));
        json.WriteNumber("timestamp", stored.Timestamp);
        json.WriteString("writer", batch.Writer);
        json.WriteNumber("number", batch.FirstEventNumber + stored.Position.Offset - batch.FirstOffset);
        if (Text(stored.Payload.Span) is { } text) json.WriteString("text", text);
        else json.WriteBase64String("base64", stored.Payload.Span);
    });

    private static string Damage(SegmentFile segment, SegmentDamage damage) => Json(json =>
    {
        json.WriteString("damage", Path.GetFileName(segment.Path));
        json.WriteNumber("at", damage.Position);
        json.WriteNumber("bytes", damage.Length);
        json.WriteBoolean("unfinished", damage.IsTail);
    });

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // Null where the bytes are no text.
    private static string? Text(ReadOnlySpan<byte> payload)
    {
        try
        {
            var text = Strict.GetString(payload);
            return text.Any(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
