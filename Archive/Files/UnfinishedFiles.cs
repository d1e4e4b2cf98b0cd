using Microsoft.Extensions.Logging;
using Weir.Archive.Duck;
using Weir.Archive.Encryption;

namespace Weir.Archive;

/// <summary>
/// Files that were being written when a process ended. One that is whole gets its name; any other stays until the file
/// that is written from the stream takes its place.
/// </summary>
internal sealed class UnfinishedFiles(DuckDatabase database, EncryptionKeys keys, GapList gaps, string exchange, ILogger logger)
{
    /// <summary>Finishes what can be finished.</summary>
    /// <param name="folders">The exchange's folders.</param>
    /// <param name="catalog">Takes in what was finished.</param>
    public void Finish(IReadOnlyList<string> folders, ArchiveCatalog catalog)
    {
        foreach (var folder in folders.Where(Directory.Exists))
        {
            foreach (var path in Directory.GetFiles(folder, exchange + "*" + ArchiveFile.TemporaryExtension)) Finish(folder, path, catalog);
        }
    }

    private void Finish(string folder, string path, ArchiveCatalog catalog)
    {
        var key = Path.GetFileName(path)[exchange.Length..^ArchiveFile.TemporaryExtension.Length].TrimStart('_') is { Length: > 0 } name ? name : null;
        try
        {
            if (key is not null && !Opens(path, key)) throw new InvalidDataException("It is cut off, or its key is another one.");
            var (first, last, rows) = Read(path, key);
            if (rows == 0 || first <= catalog.Totals.Last) throw new InvalidDataException("Its messages do not follow those that have a file.");
            if (gaps.Between(first, last).Any(gap => gap.Cause == MessageGapCause.Dropped))
                throw new InvalidDataException("Some of its messages were dropped after it had failed.");
            var (bytes, checksum) = DurableFile.Sync(path, CancellationToken.None);
            var file = new ArchiveFile(exchange, first, last, rows, bytes, checksum, key);
            var day = Path.Combine(folder, file.Day);
            DurableFile.MoveInto(path, day, file.Name);
            DurableFile.SyncFolder(day);
            catalog.Add(day, file);
            ArchiveLog.UnfinishedFinished(logger, file.Name);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            ArchiveLog.UnfinishedKept(logger, path, error.Message);
        }
    }

    private bool Opens(string path, string key)
    {
        using var file = File.OpenRead(path);
        return ParquetEncryption.TryReadMetadata(file, keys.Find(key)) is not null;
    }

    // All columns are read to their last byte, so that a file that was cut off within is not taken for whole.
    private (MessageKey First, MessageKey Last, long Rows) Read(string path, string? key)
    {
        using var connection = database.Connect();
        connection.KeepsFooters = false;
        var duckKey = key is null ? null : new DuckKeys(database, keys).Register(keys.Find(key));
        using var statement = DuckStatement.Prepare(
            connection,
            $"SELECT first(ts), first(seq), last(ts), last(seq), count(*), bit_xor(hash(COLUMNS(*))) FROM {ArchiveReader.Source(duckKey)}");
        using var result = statement.Bind(1, path).Execute("read", path, CancellationToken.None);
        if (!result.Read(out var rows)) throw new InvalidDataException("It has no rows.");
        long Number(int column) => rows.Column(column).IsNull(0) ? 0 : rows.Column(column).Int64(0);
        return (new MessageKey(Number(0), Number(1)), new MessageKey(Number(2), Number(3)), Number(4));
    }
}
