using System.Globalization;
using Weir.Archive.Duck;
using Weir.Archive.Encryption;

namespace Weir.Archive;

/// <summary>Writes blocks of messages into a Parquet file of an exchange.</summary>
internal sealed class ParquetWriter(DuckDatabase database, EncryptionKeys keys, SchemaBook schemas, string exchange)
{
    // Measured with telemetry as JSON: level 1 is a third faster than DuckDB's 3 and no larger.
    private const int ZstdLevel = 1;

    // DuckDB tries a dictionary for each column. Payloads rarely repeat, and giving up late costs half the time.
    private const int DictionaryEntries = 4_096;

    /// <summary>The path under which a file is written before it has its name.</summary>
    public static string TemporaryPath(string folder, string exchange, string? encryptionKey) =>
        Path.Combine(folder, $"{exchange}{(encryptionKey is null ? "" : "_")}{encryptionKey}{ArchiveFile.TemporaryExtension}");

    /// <summary>
    /// Writes the messages after a key, up to the end of a day, to <see cref="TemporaryPath"/> and puts them on the device.
    /// </summary>
    /// <returns>The file that it is to become.</returns>
    /// <exception cref="DuckException">DuckDB could not write it.</exception>
    /// <exception cref="EncryptionKeyException">The key to encrypt with cannot be had.</exception>
    public Task<ArchiveFile> WriteAsync(
        string folder, IReadOnlyList<RingBlock> blocks, MessageKey after, ParquetOptions options, CancellationToken cancellationToken) =>
        Task.Run(() => Write(folder, blocks, after, options, cancellationToken), cancellationToken);

    private ArchiveFile Write(
        string folder, IReadOnlyList<RingBlock> blocks, MessageKey after, ParquetOptions options, CancellationToken cancellationToken)
    {
        var path = TemporaryPath(folder, exchange, options.EncryptionKey);
        File.Delete(path);
        var typed = schemas.Begin(BlockScan.Samples(blocks, after));
        var rows = new BlockRows(blocks, after, typed, oneDay: true, cancellationToken);
        if (options.EncryptionKey is { } name) WriteEncrypted(rows, path, name, options, typed?.Schema, cancellationToken);
        else WritePlain(rows, path, options, typed?.Schema, cancellationToken);

        var (bytes, checksum) = DurableFile.Sync(path, cancellationToken);
        if (typed is not null) schemas.End(typed);
        var first = rows.First ?? throw new InvalidOperationException("A file needs at least one message.");
        return new ArchiveFile(exchange, first, rows.Last, rows.Count, bytes, checksum, options.EncryptionKey);
    }

    private void WriteEncrypted(
        BlockRows rows, string path, string keyName, ParquetOptions options, ResolvedSchema? schema, CancellationToken cancellationToken)
    {
        var key = keys.Find(keyName);
        using var plain = new MemoryFile();
        WritePlain(rows, plain.Path, options, schema, cancellationToken);
        using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
        using var encrypted = new EncryptedParquetWriter(target, keyName, key, ArchiveFile.IdentityOf(exchange, rows.First ?? default, rows.Last, rows.Count));
        encrypted.Append(plain.Read());
        encrypted.Finish();
    }

    private void WritePlain(BlockRows rows, string path, ParquetOptions options, ResolvedSchema? schema, CancellationToken cancellationToken)
    {
        using var offer = DuckRowFunction.Add(rows);
        using var connection = database.Connect();
        using var copy = DuckStatement.Prepare(connection, Copy(offer.Sql, path, options, schema));
        using var result = copy.Execute("write", path, cancellationToken);
        var written = result.ReadSingle();
        if (written != rows.Count) throw new DuckException("write", $"{rows.Count:N0} rows were given, but {written:N0} taken", path);
    }

    internal static string Copy(string source, string path, ParquetOptions options, ResolvedSchema? schema, string? gaps = null)
    {
        var compression = options.Compression switch
        {
            ParquetCompression.Zstd => $"zstd, COMPRESSION_LEVEL {ZstdLevel}",
            ParquetCompression.Snappy => "snappy",
            ParquetCompression.Gzip => "gzip",
            ParquetCompression.Lz4 => "lz4_raw",
            ParquetCompression.Brotli => "brotli",
            _ => "uncompressed",
        };
        // Version 2 brings delta encodings: keys take a byte or two, and texts compress better.
        return string.Create(CultureInfo.InvariantCulture,
            $"""
             COPY (SELECT {ArchiveColumns.List}{(schema is null ? "" : PayloadRebuilder.ColumnList(schema))} FROM {source}) TO {Quoted(path)}
             (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION {compression}, DICTIONARY_SIZE_LIMIT {DictionaryEntries},
              ROW_GROUP_SIZE {options.RowGroupRows}, USE_TMP_FILE false{Metadata(schema, gaps)})
             """);
    }

    private static string Metadata(ResolvedSchema? schema, string? gaps)
    {
        List<string> entries = [];
        if (schema is not null) entries.Add($"'{FileSchemas.Key}': {Quoted(FileSchemas.ToText(schema))}");
        if (gaps is not null) entries.Add($"'{ParquetExport.GapsKey}': {Quoted(gaps)}");
        return entries.Count == 0 ? "" : $", KV_METADATA {{{string.Join(", ", entries)}}}";
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
