using System.Text.Json;

namespace Weir.Archive;

/// <summary>How the schema of an exchange does.</summary>
public sealed record SchemaStatistics
{
    /// <summary>The columns in force, found out or set; null where there is no schema, or it is still to be found out.</summary>
    public required PayloadSchema? Schema { get; init; }

    /// <summary>Messages that went into files with typed columns since the exchange was opened.</summary>
    public required long Messages { get; init; }

    /// <summary>Those of them that did not fit: their payload is kept as it is, and what fitted is in the columns all the same.</summary>
    public required long Misfits { get; init; }

    /// <summary>Those whose payload was left out since the columns make it again.</summary>
    public required long Rebuilt { get; init; }

    /// <summary>What the newest misfit was, in a sentence; null where the newest file had none.</summary>
    public required string? Problem { get; init; }
}

/// <summary>
/// The schema of an exchange as it is set, found out and grown; kept in a small file beside the archive's. May be used
/// from any thread.
/// </summary>
internal sealed class SchemaBook
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private readonly Lock gate = new();
    private readonly string path;
    private PayloadSchema? setting;
    private ResolvedSchema? current;
    private long messages;
    private long misfits;
    private long rebuilt;
    private string? problem;

    private SchemaBook(string path) => this.path = path;

    /// <summary>The columns in force.</summary>
    public ResolvedSchema? Current
    {
        get { lock (gate) return current; }
    }

    public SchemaStatistics? Statistics
    {
        get
        {
            lock (gate)
            {
                return setting is null ? null : new SchemaStatistics
                {
                    Schema = current?.Schema, Messages = messages, Misfits = misfits, Rebuilt = rebuilt, Problem = problem,
                };
            }
        }
    }

    /// <exception cref="InvalidDataException">The file is there and cannot be understood.</exception>
    public static SchemaBook Open(string folder, PayloadSchema? setting)
    {
        var book = new SchemaBook(Path.Combine(folder, "schema.json"));
        if (File.Exists(book.path)) book.Load();
        book.Apply(setting);
        return book;
    }

    /// <summary>Takes over a setting. One that was there before keeps what it has grown to.</summary>
    /// <exception cref="ArgumentException">The schema is wrong; nothing changes then.</exception>
    public void Apply(PayloadSchema? newSetting)
    {
        lock (gate)
        {
            if (Text(newSetting) == Text(setting)) return;
            var resolved = newSetting switch
            {
                null => null,
                { Format: not PayloadFormat.Auto } when newSetting.Fields.Count > 0 || newSetting.Dbc is not null => ResolvedSchema.Of(newSetting),
                _ => null,
            };
            newSetting?.Validate();
            (setting, current, problem) = (newSetting, resolved, null);
            Save();
        }
    }

    /// <summary>The columns for a file of these messages; found out from them where that is asked for.</summary>
    public PayloadColumns? Begin(IEnumerable<PayloadSample> first)
    {
        lock (gate)
        {
            if (setting is null) return null;
            if (current is null)
            {
                var found = SchemaInference.Infer([.. first.Take(SchemaInference.MaxSamples)], setting, out var why);
                if (found is null)
                {
                    problem = why;
                    return null;
                }
                current = ResolvedSchema.Of(found);
                Save();
            }
            return new PayloadColumns(current, collectsMisfits: setting.Grows);
        }
    }

    /// <summary>A file was written: what did not fit is counted, and may bring new columns for the next one.</summary>
    public void End(PayloadColumns columns)
    {
        lock (gate)
        {
            messages += columns.Messages;
            misfits += columns.Misfits;
            rebuilt += columns.Rebuilt;
            problem = columns.Problem;
            if (columns.Schema != current || columns.Samples.Count == 0) return;
            var added = SchemaInference.Missing(current.Schema, columns.Samples);
            if (added.Count == 0) return;
            current = ResolvedSchema.Of(current.Schema with { Fields = [.. current.Fields, .. added] });
            Save();
        }
    }

    private static string? Text(PayloadSchema? schema) => schema is null ? null : JsonSerializer.Serialize(schema, Json);

    private void Load()
    {
        try
        {
            var page = JsonSerializer.Deserialize<Page>(File.ReadAllBytes(path), Json);
            setting = page?.Setting;
            current = page?.Current is { } kept ? ResolvedSchema.Of(kept) : null;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new InvalidDataException(
                $"The schema '{path}' cannot be understood: {error.Message} Move it away, and the exchange begins anew with the schema that is set.", error);
        }
    }

    private void Save() => DurableFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(new Page(setting, current?.Schema), Json));

    private sealed record Page(PayloadSchema? Setting, PayloadSchema? Current);
}
