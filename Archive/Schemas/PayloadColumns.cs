using System.Buffers;
using Weir.Archive.Duck;

namespace Weir.Archive;

/// <summary>Fills the typed columns of rows on their way into a Parquet file, and says which payloads may be left out. For one thread.</summary>
internal sealed class PayloadColumns
{
    /// <summary>Misfits that are kept to find new columns out from.</summary>
    private const int MostSamples = 200;
    private const int MostSampleBytes = 1 << 20;

    private readonly bool collectsMisfits;
    private readonly PayloadRow row;
    private readonly ArrayBufferWriter<byte> again = new(256);
    private readonly DuckNullableColumn[] columns;
    private readonly List<PayloadSample> samples = [];
    private int sampleBytes;

    public PayloadColumns(ResolvedSchema schema, bool collectsMisfits)
    {
        Schema = schema;
        this.collectsMisfits = collectsMisfits;
        row = new PayloadRow(schema.Fields.Count) { WantsProblem = true };
        columns = [.. schema.Fields.Select(_ => new DuckNullableColumn())];
        Definitions = Of(schema);
    }

    public ResolvedSchema Schema { get; }

    /// <summary>The columns as DuckDB has them.</summary>
    public IReadOnlyList<DuckColumnDefinition> Definitions { get; }

    /// <summary>The columns of a schema as DuckDB has them.</summary>
    public static IReadOnlyList<DuckColumnDefinition> Of(ResolvedSchema schema) => [.. schema.Fields.Select(Definition)];

    public long Messages { get; private set; }

    public long Misfits { get; private set; }

    public long Rebuilt { get; private set; }

    /// <summary>What the first misfit was.</summary>
    public string? Problem { get; private set; }

    public IReadOnlyList<PayloadSample> Samples => samples;

    /// <summary>A chunk begins, in which the typed columns start at a place.</summary>
    public void Begin(DuckRows rows, int firstColumn)
    {
        for (var i = 0; i < columns.Length; i++) columns[i].Begin(rows, firstColumn + i);
    }

    /// <summary>Fills a row.</summary>
    /// <returns>Whether the payload must be kept.</returns>
    public bool Fill(int at, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        row.Clear();
        var fits = Schema.Codec.Decode(topic, payload, row);
        Messages++;
        if (!fits) NoteMisfit(topic, payload);
        for (var i = 0; i < columns.Length; i++) Set(columns[i], Schema.Fields[i].Type, i, at);
        if (!fits || Schema.Schema.KeepPayload) return true;
        again.ResetWrittenCount();
        if (!Schema.Codec.Encode(row, again) || !again.WrittenSpan.SequenceEqual(payload)) return true;
        Rebuilt++;
        return false;
    }

    private static DuckColumnDefinition Definition(PayloadField field) => new(field.Name, field.Type switch
    {
        FieldType.Integer => DuckType.BigInt,
        FieldType.Decimal => DuckType.Decimal,
        FieldType.Double => DuckType.Double,
        FieldType.Boolean => DuckType.Boolean,
        FieldType.Text => DuckType.Varchar,
        _ => DuckType.Blob,
    }, field.Scale);

    private void Set(DuckNullableColumn column, FieldType type, int field, int at)
    {
        if (!row.Has(field)) column.SetNull(at);
        else if (type is FieldType.Text or FieldType.Bytes) column.Set(at, row.Bytes(field));
        else if (type == FieldType.Boolean) column.Set(at, row.Integer(field) != 0);
        else column.Set(at, row.Integer(field));
    }

    private void NoteMisfit(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        Misfits++;
        if (Problem is null)
        {
            Problem = $"A message of the topic '{System.Text.Encoding.UTF8.GetString(topic)}' does not fit the schema: {row.Problem}.";
            row.WantsProblem = false;
        }
        if (!collectsMisfits || samples.Count == MostSamples || sampleBytes + payload.Length > MostSampleBytes) return;
        sampleBytes += payload.Length;
        samples.Add(new PayloadSample(topic.ToArray(), payload.ToArray()));
    }
}
