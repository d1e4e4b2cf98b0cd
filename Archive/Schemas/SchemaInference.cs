using System.Buffers.Text;
using System.Formats.Cbor;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Weir.Archive.Sparkplug;

namespace Weir.Archive;

/// <summary>A message by which a schema is found out or tried.</summary>
internal readonly record struct PayloadSample(ReadOnlyMemory<byte> Topic, ReadOnlyMemory<byte> Payload);

/// <summary>Finds out from messages what columns they would fill.</summary>
internal static class SchemaInference
{
    /// <summary>Messages that are looked at.</summary>
    public const int MaxSamples = 1_000;

    /// <summary>Lists beyond this many elements are no columns.</summary>
    private const int MaxElements = 16;

    /// <summary>The schema of messages; null where there is none, and why.</summary>
    /// <param name="samples">Messages, oldest first.</param>
    /// <param name="asked">What is known of it.</param>
    /// <param name="why">Why there is none.</param>
    public static PayloadSchema? Infer(IReadOnlyList<PayloadSample> samples, PayloadSchema asked, out string why)
    {
        why = "";
        if (samples.Count == 0)
        {
            why = "There is no message yet to find a schema out from.";
            return null;
        }
        var formats = asked.Format == PayloadFormat.Auto
            ? new[] { PayloadFormat.SparkplugB, PayloadFormat.Json, PayloadFormat.Number, PayloadFormat.Cbor }
            : [asked.Format];
        foreach (var format in formats)
        {
            var leaves = new LeafList();
            var understood = samples.Count(sample => Look(format, sample, leaves));
            var fields = leaves.Fields();
            // Half of them: a few odd messages do not keep the others from having columns.
            if (understood * 2 < samples.Count || fields.Count == 0) continue;
            return asked with { Format = format, Fields = fields, Spaced = leaves.Spaced, Grow = format is not PayloadFormat.Number };
        }
        why = asked.Format == PayloadFormat.Auto
            ? string.Create(CultureInfo.InvariantCulture, $"Of {samples.Count:N0} messages fewer than half are JSON objects, CBOR maps, numbers or Sparkplug B alike.")
            : string.Create(CultureInfo.InvariantCulture, $"Of {samples.Count:N0} messages fewer than half can be read as {asked.Format}, or they hold no single values.");
        return null;
    }

    /// <summary>Fields of messages that a schema has no columns for.</summary>
    public static IReadOnlyList<PayloadField> Missing(PayloadSchema known, IEnumerable<PayloadSample> misfits)
    {
        var leaves = new LeafList();
        foreach (var sample in misfits) Look(known.Format, sample, leaves);
        var paths = known.Fields.Select(field => field.Path ?? field.Name).ToHashSet(StringComparer.Ordinal);
        var names = known.Fields.Select(field => field.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. leaves.Fields(names).Where(field => !paths.Contains(field.Path ?? field.Name)).Take(PayloadSchemaValidation.MaxFields - known.Fields.Count)];
    }

    private static bool Look(PayloadFormat format, in PayloadSample sample, LeafList leaves) => format switch
    {
        PayloadFormat.Json => LookJson(sample.Payload.Span, leaves),
        PayloadFormat.Cbor => LookCbor(sample.Payload, leaves),
        PayloadFormat.Number => LookNumber(sample.Payload.Span, leaves),
        PayloadFormat.SparkplugB => LookSparkplug(sample, leaves),
        _ => false,
    };

    private static bool LookJson(ReadOnlySpan<byte> payload, LeafList leaves)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(payload));
            if (document.RootElement.ValueKind != JsonValueKind.Object) return false;
            leaves.Begin();
            LookJson(document.RootElement, "", leaves);
            if (payload.IndexOf("\": "u8) >= 0) leaves.Spaced = true;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void LookJson(JsonElement value, string path, LeafList leaves)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject()) LookJson(property.Value, PayloadPath.Join(path, property.Name), leaves);
                break;
            case JsonValueKind.Array when value.GetArrayLength() <= MaxElements:
                var index = 0;
                foreach (var element in value.EnumerateArray()) LookJson(element, $"{path}[{index++}]", leaves);
                break;
            case JsonValueKind.Number: leaves.Number(path, value.GetRawText()); break;
            case JsonValueKind.True or JsonValueKind.False: leaves.Note(path, FieldType.Boolean); break;
            case JsonValueKind.String: leaves.Note(path, FieldType.Text); break;
        }
    }

    private static bool LookCbor(ReadOnlyMemory<byte> payload, LeafList leaves)
    {
        try
        {
            var reader = new CborReader(payload, CborConformanceMode.Lax);
            if (reader.PeekState() != CborReaderState.StartMap) return false;
            // Only what is CBOR as a whole is looked at.
            var whole = new CborReader(payload, CborConformanceMode.Lax);
            whole.SkipValue();
            if (whole.BytesRemaining > 0) return false;
            leaves.Begin();
            LookCbor(reader, "", leaves);
            return true;
        }
        catch (Exception error) when (error is CborContentException or InvalidOperationException or OverflowException)
        {
            return false;
        }
    }

    private static void LookCbor(CborReader reader, string path, LeafList leaves)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.StartMap:
                reader.ReadStartMap();
                while (reader.PeekState() != CborReaderState.EndMap)
                {
                    if (reader.PeekState() == CborReaderState.TextString) LookCbor(reader, PayloadPath.Join(path, reader.ReadTextString()), leaves);
                    else
                    {
                        reader.SkipValue();
                        reader.SkipValue();
                    }
                }
                reader.ReadEndMap();
                break;
            case CborReaderState.StartArray:
                reader.ReadStartArray();
                for (var index = 0; reader.PeekState() != CborReaderState.EndArray; index++)
                {
                    if (index < MaxElements) LookCbor(reader, $"{path}[{index}]", leaves);
                    else reader.SkipValue();
                }
                reader.ReadEndArray();
                break;
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                leaves.Number(path, reader.ReadInt64().ToString(CultureInfo.InvariantCulture));
                break;
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat:
                leaves.Real(path, reader.ReadDouble());
                break;
            case CborReaderState.Boolean:
                reader.ReadBoolean();
                leaves.Note(path, FieldType.Boolean);
                break;
            case CborReaderState.TextString:
                reader.SkipValue();
                leaves.Note(path, FieldType.Text);
                break;
            case CborReaderState.ByteString:
                reader.SkipValue();
                leaves.Note(path, FieldType.Bytes);
                break;
            default:
                reader.SkipValue();
                break;
        }
    }

    private static bool LookNumber(ReadOnlySpan<byte> payload, LeafList leaves)
    {
        payload = payload.Trim(" \r\n\t"u8);
        if (!Utf8Parser.TryParse(payload, out double value, out var used) || used != payload.Length || !double.IsFinite(value)) return false;
        leaves.Begin();
        leaves.Number("value", Encoding.ASCII.GetString(payload));
        return true;
    }

    private static bool LookSparkplug(in PayloadSample sample, LeafList leaves)
    {
        if (!sample.Topic.Span.StartsWith("spBv1.0/"u8) || !SparkplugCodec.TryParse(sample.Payload.Span, out var payload)) return false;
        leaves.Begin();
        if (payload.HasTimestamp) leaves.Note(SparkplugCodec.TimestampColumn, FieldType.Integer);
        foreach (var metric in payload.Metrics)
        {
            if (metric is { HasName: true, Name.Length: > 0 } && SparkplugCodec.TypeOf(metric) is { } type) leaves.Note(metric.Name, type);
        }
        return true;
    }
}
