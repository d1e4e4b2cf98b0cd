using Weir.Archive.Duck;
using Weir.Archive.Encryption;

namespace Weir.Archive;

/// <summary>
/// Asks one file of an archive through DuckDB; row groups outside the range are left out by their statistics. An encrypted
/// file is asked a row group at a time, so that no more of it than that is in memory.
/// </summary>
internal sealed class ArchiveReader(DuckDatabase database, EncryptionKeys keys)
{
    // Rows lie in key order in the file, and DuckDB keeps the order of one file, so forwards no sorting is needed.
    private const string Range =
        "WHERE ts >= $2 AND ts <= $3 AND (ts > $2 OR seq >= $4) AND (ts < $3 OR seq <= $5)";

    private const int RangeParameters = 5;

    /// <summary>What to write after FROM to read a file whose path is the statement's first parameter.</summary>
    public const string Source = "read_parquet($1, hive_partitioning = false)";

    /// <summary>Adds the messages of a file in the window, up to a key, to a page.</summary>
    /// <exception cref="ArchiveFileException">The file is damaged or gone.</exception>
    /// <exception cref="DuckException">DuckDB could not read it although it is sound.</exception>
    public Task ReadAsync(
        ArchiveEntry entry, KeyWindow window, MessageKey upTo, PageBuilder page, bool backwards, CancellationToken cancellationToken) =>
        AskAsync(entry, window, upTo, backwards, new Question(
            (connection, path) => Read(connection, entry, path, window, upTo, page, backwards, cancellationToken), () => page.IsFull), cancellationToken);

    /// <summary>Counts the messages of a file in the window, up to a key.</summary>
    /// <exception cref="ArchiveFileException">The file is damaged or gone.</exception>
    /// <exception cref="DuckException">DuckDB could not read it although it is sound.</exception>
    public Task<long> CountAsync(ArchiveEntry entry, KeyWindow window, MessageKey upTo, CancellationToken cancellationToken) =>
        window.HasAll(entry.File.First, entry.File.Last) && entry.File.Last <= upTo
            ? Task.FromResult(entry.File.Rows)
            : AskAsync(entry, window, upTo, backwards: false, new Question(
                (connection, path) => Count(connection, path, window, upTo, cancellationToken), static () => false), cancellationToken);

    private Task<long> AskAsync(
        ArchiveEntry entry, KeyWindow window, MessageKey upTo, bool backwards, Question question, CancellationToken cancellationToken) =>
        database.QueryAsync(
            connection =>
            {
                entry.Verify(keys, cancellationToken);
                try
                {
                    connection.KeepsFooters = entry.File.EncryptionKey is null;
                    return entry.File.EncryptionKey is null
                        ? question.Ask(connection, entry.Path)
                        : AskEncrypted(connection, entry, window, upTo, backwards, question, cancellationToken);
                }
                catch (IOException error) when (error is not ArchiveFileException)
                {
                    // Something may have happened to the file since it was verified.
                    entry.VerifyAgain(keys, cancellationToken);
                    throw;
                }
            },
            cancellationToken);

    private long AskEncrypted(
        DuckConnection connection, ArchiveEntry entry, KeyWindow window, MessageKey upTo, bool backwards, Question question,
        CancellationToken cancellationToken)
    {
        using var file = entry.Open(keys);
        var sum = 0L;
        foreach (var group in backwards ? file.RowGroups.Reverse() : file.RowGroups)
        {
            if (question.IsAnswered()) break;
            if (!Overlaps(group, window.First.TimestampMicros, upTo.TimestampMicros)) continue;
            cancellationToken.ThrowIfCancellationRequested();
            using var plain = entry.Decrypt(file, group);
            sum += question.Ask(connection, plain.Path);
        }
        return sum;
    }

    /// <summary>Whether a row group may hold messages of a range of times, both of which are in it.</summary>
    public static bool Overlaps(EncryptedRowGroup group, long fromMicros, long toMicros)
    {
        var (least, greatest) = group.Range("ts");
        return least <= toMicros && greatest >= fromMicros;
    }

    private static long Read(
        DuckConnection connection, ArchiveEntry entry, string path, KeyWindow window, MessageKey upTo, PageBuilder page, bool backwards,
        CancellationToken cancellationToken)
    {
        var schema = FileSchemas.Read(connection, entry, cancellationToken);
        // Columns are asked for only where payloads may have to be made again of them.
        if (schema is { Schema.KeepPayload: true } or { Schema.Format: PayloadFormat.SparkplugB }) schema = null;
        var select = $"SELECT {ArchiveColumns.List}{(schema is null ? "" : PayloadRebuilder.ColumnList(schema))}";
        var (statement, next) = Bound(connection, select, backwards ? " ORDER BY ts DESC, seq DESC LIMIT " : " LIMIT ", path, window, upTo);
        using var result = statement.Bind(next, page.Wanted).Execute("read", entry.Path, cancellationToken);
        var rebuilder = schema is null ? null : new PayloadRebuilder(schema);
        var before = page.Messages.Count;
        while (result.Read(out var rows) && Add(rows, page, rebuilder))
        {
        }
        return page.Messages.Count - before;
    }

    private static long Count(DuckConnection connection, string path, KeyWindow window, MessageKey upTo, CancellationToken cancellationToken)
    {
        var (statement, _) = Bound(connection, "SELECT count(*)", null, path, window, upTo);
        using var result = statement.Execute("read", path, cancellationToken);
        return result.ReadSingle();
    }

    private static (DuckStatement Statement, int Next) Bound(
        DuckConnection connection, string select, string? end, string path, KeyWindow window, MessageKey upTo)
    {
        var next = RangeParameters + 1;
        var filter = window.Filter is { } topics ? " AND " + topics.Condition.Replace("?", $"${next}", StringComparison.Ordinal) : "";
        if (window.Filter is not null) next++;
        var statement = connection.Prepare($"{select} FROM {Source} {Range}{filter}{(end is null ? "" : $"{end}${next}")}")
            .Bind(1, path).Bind(2, window.First.TimestampMicros).Bind(3, upTo.TimestampMicros)
            .Bind(4, window.First.Sequence).Bind(5, upTo.Sequence);
        if (window.Filter is not null) statement.Bind(RangeParameters + 1, window.Filter.Parameter);
        return (statement, next);
    }

    private static bool Add(DuckChunk rows, PageBuilder page, PayloadRebuilder? rebuilder)
    {
        var timestamp = rows.Column(ArchiveColumns.Timestamp);
        var sequence = rows.Column(ArchiveColumns.Sequence);
        var topic = rows.Column(ArchiveColumns.Topic);
        var payload = rows.Column(ArchiveColumns.Payload);
        var qos = rows.Column(ArchiveColumns.Qos);
        var retain = rows.Column(ArchiveColumns.Retain);
        var received = rows.Column(ArchiveColumns.Received);
        var properties = rows.Column(ArchiveColumns.Properties);
        for (var row = 0; row < rows.Count; row++)
        {
            var key = new MessageKey(timestamp.Int64(row), sequence.Int64(row));
            var added = page.TryAdd(
                key, topic.Bytes(row),
                rebuilder is not null && payload.IsNull(row) ? rebuilder.Payload(rows, row, ArchiveColumns.Typed) : payload.Bytes(row),
                (byte)qos.Int16(row), retain.Boolean(row),
                received.IsNull(row) ? key.TimestampMicros : received.Int64(row),
                properties.IsNull(row) ? default : properties.Bytes(row));
            if (!added) return false;
        }
        return true;
    }

    /// <summary>What is asked of a file, or of each of its parts in turn.</summary>
    /// <param name="Ask">Asks the file at a path.</param>
    /// <param name="IsAnswered">Whether no further part is wanted.</param>
    private sealed record Question(Func<DuckConnection, string, long> Ask, Func<bool> IsAnswered);
}
