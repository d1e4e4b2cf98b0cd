using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weir.Archive.Duck;

namespace Weir.Archive;

/// <summary>
/// SQL over an exchange's history, for analysts. Each statement gets a DuckDB of its own that holds nothing but a view,
/// <c>messages</c>, over the exchange's files and what has no file yet. It can read no other file, write none, load
/// nothing, and set nothing; time, memory and rows are bounded.
/// </summary>
internal sealed class HistorySql(
    ExchangeQueries queries, ArchiveCatalog catalog, SchemaBook schemas, EncryptionKeys keys, DuckDatabase archive)
{
    private const int MaxLength = 100_000;

    /// <summary>Statements of this process that run at one time, since each has memory of its own; others wait within their time.</summary>
    private const int MostRunning = 4;

    private static readonly SemaphoreSlim Running = new(MostRunning, MostRunning);

    public async Task<SqlAnswer> AskAsync(string sql, SqlLimits limits, CancellationToken cancellationToken)
    {
        limits.Validate();
        if (string.IsNullOrWhiteSpace(sql)) throw new ArgumentException("sql: there is no statement.");
        if (sql.Length > MaxLength) throw new ArgumentException($"sql: a statement may have {MaxLength:N0} characters, but this has {sql.Length:N0}.");
        using var patience = new CancellationTokenSource(limits.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var window = new KeyWindow(new MessageKey(limits.FromMicros, 0), new MessageKey(limits.ToMicros - 1, long.MaxValue), null);
        try
        {
            await Running.WaitAsync(either.Token);
            try
            {
                using var history = await queries.HoldAsync(window, either.Token);
                return await Task.Run(() => Ask(sql, limits, history, window, either.Token), either.Token);
            }
            finally
            {
                Running.Release();
            }
        }
        catch (DuckException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        // Whatever an interrupted step says of itself, the reason is that the time was up.
        catch (Exception error) when (error is OperationCanceledException or DuckException && patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"sql: the statement took longer than {limits.Time}. Ask for a shorter range, or allow it more time.");
        }
        catch (DuckException error) when (error.Detail.Contains("Out of Memory", StringComparison.Ordinal))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"sql: the statement needs more than its {limits.MemoryBytes >> 20:N0} MiB of memory. Ask for fewer rows or groups."), error);
        }
        catch (DuckException error)
        {
            throw new ArgumentException($"sql: {error.Detail.Trim()}", error);
        }
    }

    private SqlAnswer Ask(string sql, SqlLimits limits, HeldHistory history, KeyWindow window, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var files = Sound(history.Files, cancellationToken);
        using var database = DuckDatabase.OpenSandbox(limits.MemoryBytes, limits.Threads);
        using var connection = database.Connect();
        var (plain, encrypted) = (files.Where(file => file.File.EncryptionKey is null).ToList(), Encrypted(connection, files, window, cancellationToken));
        using var offers = new EncryptedOffers(encrypted);
        MakeView(connection, history, [.. Source(plain), .. offers.Sources], window, cancellationToken);
        Lock(connection, plain);

        using var statement = DuckStatement.PrepareSelect(connection, sql);
        var columns = statement.Columns();
        // The statement is known to be one SELECT by now, so it can be a view. Whatever a column holds is shown as text.
        connection.Execute($"CREATE VIEW answer({string.Join(", ", columns.Select((_, index) => $"c{index}"))}) AS {sql}", cancellationToken);
        using var shown = DuckStatement.Prepare(connection, Shown(columns, limits.Rows));
        using var result = shown.Execute("answer", file: null, cancellationToken);
        return Read(result, columns, limits, began);
    }

    // A damaged file must not give wrong answers: DuckDB does not see a flipped bit.
    private List<ArchiveEntry> Sound(IReadOnlyList<ArchiveEntry> files, CancellationToken cancellationToken)
    {
        List<ArchiveEntry> sound = [];
        foreach (var file in files)
        {
            if (catalog.IsUnreadable(file)) continue;
            try
            {
                file.Verify(keys, cancellationToken);
                sound.Add(file);
            }
            catch (ArchiveFileException damage)
            {
                catalog.SetAside(file, damage);
            }
        }
        return sound;
    }

    private void MakeView(DuckConnection connection, HeldHistory history, IReadOnlyList<string> sources, KeyWindow window, CancellationToken cancellationToken)
    {
        var typed = schemas.Current is { } schema ? new PayloadColumns(schema, collectsMisfits: false) : null;
        using (var offer = DuckRowFunction.Add(new BlockRows(history.Blocks, history.Archived, typed, oneDay: false, cancellationToken)))
            connection.Execute($"CREATE TABLE tail AS SELECT * FROM {offer.Sql}", cancellationToken);
        const string columns = "make_timestamp(ts) AS time, * REPLACE (coalesce(received, ts) AS received)";
        var range = string.Create(CultureInfo.InvariantCulture, $"WHERE ts >= {window.First.TimestampMicros} AND ts <= {window.Last.TimestampMicros}");
        var inFiles = string.Concat(sources.Select(source => $"SELECT {columns} FROM {source} {range} UNION ALL BY NAME "));
        connection.Execute($"CREATE VIEW messages AS {inFiles}SELECT {columns} FROM tail {range}", cancellationToken);
    }

    private static string[] Source(List<ArchiveEntry> plain) =>
        plain.Count == 0 ? [] : [$"read_parquet([{List(plain)}], union_by_name = true, hive_partitioning = false)"];

    // Files of one schema are one table: its columns must be said before a file of it is read.
    private List<EncryptedTable> Encrypted(DuckConnection connection, List<ArchiveEntry> files, KeyWindow window, CancellationToken cancellationToken) =>
    [
        .. files.Where(file => file.File.EncryptionKey is not null)
            .GroupBy(file => FileSchemas.Read(connection, file, cancellationToken), ReferenceEqualityComparer.Instance)
            .Select(group => new EncryptedTable
            {
                Files = [.. group], Keys = keys, Database = archive, Window = window, Damaged = catalog.SetAside, Ending = cancellationToken,
                Columns = group.Key is ResolvedSchema schema ? [.. ArchiveColumns.All, .. PayloadColumns.Of(schema)] : ArchiveColumns.All,
            }),
    ];

    private static void Lock(DuckConnection connection, List<ArchiveEntry> files)
    {
        if (files.Count > 0) connection.Execute($"SET allowed_paths = [{List(files)}]");
        connection.Execute("SET enable_external_access = false");
        connection.Execute("SET lock_configuration = true");
    }

    private static string List(IEnumerable<ArchiveEntry> files) =>
        string.Join(", ", files.Select(file => $"'{file.Path.Replace("'", "''", StringComparison.Ordinal)}'"));

    private static string Shown(IReadOnlyList<(string Name, DuckType Type)> columns, int rows)
    {
        var texts = columns.Select((column, index) => column.Type == DuckType.Blob ? $"to_base64(c{index})" : $"CAST(c{index} AS VARCHAR)");
        return string.Create(CultureInfo.InvariantCulture,
            $"SELECT {string.Join(", ", texts)} FROM answer LIMIT {rows + 1}");
    }

    private static SqlAnswer Read(DuckResult result, IReadOnlyList<(string Name, DuckType Type)> columns, SqlLimits limits, long began)
    {
        List<IReadOnlyList<string?>> rows = [];
        var (bytes, isCut) = (0L, false);
        while (!isCut && result.Read(out var chunk))
        {
            for (var row = 0; row < chunk.Count && !isCut; row++)
            {
                var cells = new string?[columns.Count];
                for (var i = 0; i < cells.Length; i++)
                {
                    var column = chunk.Column(i);
                    if (column.IsNull(row)) continue;
                    bytes += column.Bytes(row).Length;
                    cells[i] = Encoding.UTF8.GetString(column.Bytes(row));
                }
                isCut = rows.Count == limits.Rows || (bytes > limits.AnswerBytes && rows.Count > 0);
                if (!isCut) rows.Add(cells);
            }
        }
        return new SqlAnswer(
            [.. columns.Select(column => new SqlColumn(column.Name, KindOf(column.Type)))], rows, isCut, Stopwatch.GetElapsedTime(began));
    }

    private static SqlKind KindOf(DuckType type) => type switch
    {
        DuckType.Boolean => SqlKind.Boolean,
        DuckType.TinyInt or DuckType.SmallInt or DuckType.Integer or DuckType.BigInt or DuckType.UTinyInt or DuckType.USmallInt or DuckType.UInteger
            or DuckType.UBigInt or DuckType.HugeInt or DuckType.Float or DuckType.Double or DuckType.Decimal => SqlKind.Number,
        _ => SqlKind.Text,
    };

    /// <summary>Tables of encrypted files, offered to one statement.</summary>
    private sealed class EncryptedOffers(IEnumerable<EncryptedTable> tables) : IDisposable
    {
        private readonly DuckOffers<IDuckTable>.Offer[] offers = [.. tables.Select(DuckTableFunction.Add)];

        public IEnumerable<string> Sources => offers.Select(offer => offer.Sql);

        public void Dispose() => Array.ForEach(offers, static offer => offer.Dispose());
    }
}
