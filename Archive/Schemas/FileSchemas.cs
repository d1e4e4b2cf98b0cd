using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Weir.Archive.Duck;

namespace Weir.Archive;

/// <summary>
/// What a file says of its typed columns: their schema stands in its key-value metadata, so that its payloads can be made
/// again wherever it goes. May be used from any thread.
/// </summary>
internal static class FileSchemas
{
    /// <summary>The key in the metadata of a Parquet file.</summary>
    public const string Key = "weir.schema";

    // Files share few schemas. Beyond this many they are read anew, which costs time and no more.
    private const int MostKnown = 256;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private static readonly ConcurrentDictionary<string, ResolvedSchema> Known = new(StringComparer.Ordinal);

    public static string ToText(ResolvedSchema schema) => JsonSerializer.Serialize(schema.Schema, Json);

    /// <summary>The schema of a file; null where it has no typed columns.</summary>
    /// <exception cref="ArchiveFileException">What the file says cannot be understood.</exception>
    public static ResolvedSchema? Read(DuckConnection connection, ArchiveEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Schema is { } known) return known.Schema;
        if (entry.Metadata is { } metadata)
        {
            entry.Schema = new EntrySchema(metadata.TryGetValue(Key, out var said) ? Parse(said, entry) : null);
            return entry.Schema.Schema;
        }
        var statement = connection.Prepare("SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = ?").Bind(1, entry.Path).Bind(2, Key);
        using var result = statement.Execute("read", entry.Path, cancellationToken);
        ResolvedSchema? schema = null;
        if (result.Read(out var rows) && rows.Count > 0) schema = Parse(Encoding.UTF8.GetString(rows.Column(0).Bytes(0)), entry);
        entry.Schema = new EntrySchema(schema);
        return schema;
    }

    private static ResolvedSchema Parse(string text, ArchiveEntry entry)
    {
        if (Known.TryGetValue(text, out var known)) return known;
        try
        {
            var schema = ResolvedSchema.Of(JsonSerializer.Deserialize<PayloadSchema>(text, Json)!);
            if (Known.Count < MostKnown) Known[text] = schema;
            return schema;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new IOException($"The schema in the file '{entry.File.Name}' cannot be understood by this version: {error.Message}", error);
        }
    }
}

/// <summary>What is known of a file's schema; null for none.</summary>
internal sealed record EntrySchema(ResolvedSchema? Schema);

/// <summary>Makes payloads again out of the typed columns of a chunk. For one thread.</summary>
internal sealed class PayloadRebuilder(ResolvedSchema schema)
{
    private readonly PayloadRow row = new(schema.Fields.Count);
    private readonly ArrayBufferWriter<byte> payload = new(256);

    /// <summary>The columns to select, each with a comma before it.</summary>
    public static string ColumnList(ResolvedSchema schema) => string.Concat(schema.Fields.Select(field => $", \"{field.Name}\""));

    /// <summary>The payload of a row.</summary>
    /// <exception cref="IOException">The columns do not make one.</exception>
    public ReadOnlySpan<byte> Payload(DuckChunk chunk, int at, int firstColumn)
    {
        row.Clear();
        for (var i = 0; i < schema.Fields.Count; i++)
        {
            var column = chunk.Column(firstColumn + i);
            if (column.IsNull(at)) continue;
            if (schema.Fields[i].Type is FieldType.Text or FieldType.Bytes) row.Set(i, column.Bytes(at));
            else if (schema.Fields[i].Type is FieldType.Boolean) row.Set(i, column.Boolean(at) ? 1 : 0);
            else row.Set(i, column.Int64(at));
        }
        payload.ResetWrittenCount();
        return schema.Codec.Encode(row, payload) ? payload.WrittenSpan
            : throw new IOException("A file has a message without a payload, and its columns do not make one.");
    }
}
