using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Weir.Archive.Sparkplug;

namespace Weir.Archive;

/// <summary>
/// Payloads of Sparkplug B: a column a metric. A birth tells which metrics the aliases of later messages stand for, so
/// aliases are known from the first birth on that has passed.
/// </summary>
internal sealed class SparkplugCodec : IPayloadCodec
{
    /// <summary>The column of the payload's own time, in milliseconds since 1970 (Sparkplug 6.4.1).</summary>
    public const string TimestampColumn = "timestamp";

    private const int MaxAliases = 100_000;

    private readonly PayloadSchema schema;
    private readonly Dictionary<string, int> byMetric;
    private readonly ConcurrentDictionary<(string Device, ulong Alias), (string Name, uint Type)> aliases = new();

    public SparkplugCodec(PayloadSchema schema)
    {
        this.schema = schema;
        byMetric = schema.Fields.Select((field, index) => (Name: field.Path ?? field.Name, Index: index))
            .GroupBy(entry => entry.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Index, StringComparer.Ordinal);
    }

    public bool Decode(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload, PayloadRow row)
    {
        if (!TryParse(payload, out var read)) return row.Misfit("the payload is no protobuf of Sparkplug B");
        var device = DeviceOf(topic, out var isBirth);
        var fits = true;
        if (read.HasTimestamp && byMetric.TryGetValue(TimestampColumn, out var at)) row.Set(at, (long)read.Timestamp);
        foreach (var metric in read.Metrics)
        {
            if (isBirth && metric is { HasName: true, HasAlias: true } && aliases.Count < MaxAliases)
                aliases[(device, metric.Alias)] = (metric.Name, metric.Datatype);
            var (name, type) = metric.HasName && metric.Name.Length > 0 ? (metric.Name, metric.Datatype)
                : aliases.GetValueOrDefault((device, metric.Alias), ("", metric.Datatype));
            if (name.Length == 0) fits = row.Misfit($"the metric of alias {metric.Alias} has no name: its birth has not been seen");
            else if (!byMetric.TryGetValue(name, out var index)) fits = row.Misfit("has no column", name);
            else fits &= Set(metric, metric.HasDatatype ? metric.Datatype : type, index, row);
        }
        return fits;
    }

    // Metadata, property sets and the order of metrics are not in the columns.
    public bool Encode(PayloadRow row, IBufferWriter<byte> payload) => false;

    public static bool TryParse(ReadOnlySpan<byte> payload, out Payload read)
    {
        try
        {
            read = Payload.Parser.ParseFrom(payload);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            read = new Payload();
            return false;
        }
    }

    /// <summary>The column type of a metric; null for kinds that are no single value.</summary>
    public static FieldType? TypeOf(Metric metric) => metric.ValueCase switch
    {
        Metric.ValueOneofCase.IntValue or Metric.ValueOneofCase.LongValue => FieldType.Integer,
        Metric.ValueOneofCase.FloatValue or Metric.ValueOneofCase.DoubleValue => FieldType.Double,
        Metric.ValueOneofCase.BooleanValue => FieldType.Boolean,
        Metric.ValueOneofCase.StringValue => FieldType.Text,
        Metric.ValueOneofCase.BytesValue => FieldType.Bytes,
        _ => null,
    };

    private bool Set(Metric metric, uint datatype, int index, PayloadRow row)
    {
        if (metric.IsNull) return true;
        var field = schema.Fields[index];
        switch (metric.ValueCase, field.Type)
        {
            case (Metric.ValueOneofCase.IntValue, FieldType.Integer):
                row.Set(index, Signed(metric.IntValue, datatype));
                return true;
            case (Metric.ValueOneofCase.LongValue, FieldType.Integer):
                row.Set(index, (long)metric.LongValue);
                // UInt64 is 8 and DateTime 13 (Sparkplug 6.4.16); the first may be too large.
                return datatype != 8 || metric.LongValue <= long.MaxValue || row.Misfit("is beyond 63 bits", field.Name);
            case (Metric.ValueOneofCase.FloatValue, FieldType.Double):
                // As the shortest text of the float, so that 0.1 is 0.1.
                row.Set(index, double.Parse(metric.FloatValue.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
                return double.IsFinite(metric.FloatValue) || row.Misfit("is no finite number", field.Name);
            case (Metric.ValueOneofCase.DoubleValue, FieldType.Double):
                row.Set(index, metric.DoubleValue);
                return true;
            case (Metric.ValueOneofCase.BooleanValue, FieldType.Boolean):
                row.Set(index, metric.BooleanValue ? 1 : 0);
                return true;
            case (Metric.ValueOneofCase.StringValue, FieldType.Text):
                row.Set(index, Encoding.UTF8.GetBytes(metric.StringValue));
                return true;
            case (Metric.ValueOneofCase.BytesValue, FieldType.Bytes):
                row.Set(index, metric.BytesValue.Span);
                return true;
            default:
                return row.Misfit($"is a {metric.ValueCase} that the column ({field.Type}) cannot hold", field.Name);
        }
    }

    // Int8, Int16 and Int32 travel as unsigned 32 bits in two's complement (Sparkplug 6.4.16: 1, 2 and 3).
    private static long Signed(uint value, uint datatype) => datatype switch
    {
        1 => (sbyte)value,
        2 => (short)value,
        3 => (int)value,
        _ => value,
    };

    // spBv1.0/GROUP/KIND/NODE[/DEVICE]: aliases are of a node, or of one of its devices.
    private static string DeviceOf(ReadOnlySpan<byte> topic, out bool isBirth)
    {
        var levels = Encoding.UTF8.GetString(topic).Split('/');
        isBirth = levels.Length > 2 && levels[2] is "NBIRTH" or "DBIRTH";
        return levels.Length < 4 ? "" : $"{levels[1]}/{string.Join('/', levels[3..])}";
    }
}
