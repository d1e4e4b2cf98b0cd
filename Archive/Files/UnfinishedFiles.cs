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
            var (first, last, rows) = key is null ? Read(path) : Read(path, key);
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

    private (MessageKey First, MessageKey Last, long Rows) Read(string path, string key)
    {
        using var file = EncryptedParquetFile.TryOpen(path, keys.Find(key)) ?? throw new InvalidDataException("Its key is another one.");
        (MessageKey First, MessageKey Last, long Rows) all = default;
        foreach (var group in file.RowGroups)
        {
            using var plain = file.Decrypt(group);
            var (first, last, rows) = Read(plain.Path);
            all = (all.Rows == 0 ? first : all.First, last, all.Rows + rows);
        }
        if (file.Identity.Length > 0 && file.Identity != ArchiveFile.IdentityOf(exchange, all.First, all.Last, all.Rows))
            throw new InvalidDataException($"It is another one: it was written as '{file.Identity}'.");
        return all;
    }

    // All columns are read to their last byte, so that a file that was cut off within is not taken for whole.
    private (MessageKey First, MessageKey Last, long Rows) Read(string path)
    {
        using var connection = database.Connect();
        connection.KeepsFooters = false;
        using var statement = DuckStatement.Prepare(
            connection,
            $"SELECT first(ts), first(seq), last(ts), last(seq), count(*), bit_xor(hash(COLUMNS(*))) FROM {ArchiveReader.Source}");
        using var result = statement.Bind(1, path).Execute("read", path, CancellationToken.None);
        if (!result.Read(out var rows)) throw new InvalidDataException("It has no rows.");
        long Number(int column) => rows.Column(column).IsNull(0) ? 0 : rows.Column(column).Int64(0);
        return (new MessageKey(Number(0), Number(1)), new MessageKey(Number(2), Number(3)), Number(4));
    }
}
