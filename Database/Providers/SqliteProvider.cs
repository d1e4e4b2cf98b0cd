using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Weir.Database.Dialects;
using Weir.Database.Rows;

namespace Weir.Database.Providers;

/// <summary>A SQLite file.</summary>
internal sealed class SqliteProvider(SiteDatabaseOptions options) : IDatabaseProvider
{
    // https://sqlite.org/pragma.html#pragma_auto_vacuum
    private const int IncrementalVacuum = 2;
    private const int PagesAStep = 500;

    // In KiB, negative as SQLite has it: https://sqlite.org/pragma.html#pragma_cache_size
    private const int WriterCache = -65_536;
    private const int ReaderCache = -8_192;

    // In pages of 4 KiB. A page that changes again and again is then written back once; under load most of it is by the
    // sync that the sink asks for every few seconds, beside the writer, who does not wait for the disk.
    private const int CheckpointPages = 32_768;

    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly string connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = options.File,
        Mode = SqliteOpenMode.ReadWriteCreate,
        DefaultTimeout = (int)options.CommandTimeout.TotalSeconds,
    }.ToString();

    private SqliteConnection? writer;

    /// <inheritdoc/>
    public ISqlDialect Dialect { get; } = new SqliteDialect();

    /// <inheritdoc/>
    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(ReaderCache, cancellationToken);
        return await read(connection);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Writers of this process take turns here rather than in SQLite, which would have them poll. All use one connection,
    /// so that the pages they change stay in its memory.
    /// </remarks>
    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            writer ??= await ConnectAsync(WriterCache, cancellationToken);
            await using var transaction = await writer.BeginTransactionAsync(cancellationToken);
            var result = await write(writer, transaction);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        catch (SqliteException)
        {
            // Whatever state it may have left behind.
            if (writer is not null) await writer.DisposeAsync();
            writer = null;
            throw;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Insert<T>(
        DbConnection connection, DbTransaction transaction, RowTable<T> table, IReadOnlyList<T> rows, string ending, bool mayLoad) =>
        SqliteRows.Insert((SqliteConnection)connection, table, rows, ending);

    /// <inheritdoc/>
    /// <remarks>A checkpoint of the write-ahead log begins with its sync.</remarks>
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(ReaderCache, cancellationToken);
        await ExecuteAsync(connection, "PRAGMA wal_checkpoint(PASSIVE)", cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> ReleaseSpaceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(ReaderCache, cancellationToken);
        await writing.WaitAsync(cancellationToken);
        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA incremental_vacuum({PagesAStep})";
            // Each step of the statement gives a page back, so it is read to its end.
            await using (var pages = await command.ExecuteReaderAsync(cancellationToken))
                while (await pages.ReadAsync(cancellationToken)) { }
            command.CommandText = "PRAGMA freelist_count";
            return (long)(await command.ExecuteScalarAsync(cancellationToken))! > 0;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// In one transaction, which takes SQLite's write lock at once, so that two processes that start together take
    /// turns. Commands without a transaction of their own run in it.
    /// </remarks>
    public async Task MigrateAsync(Func<DbConnection, Task> migrate, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(ReaderCache, cancellationToken);
        await KeepFreePagesAsync(connection, cancellationToken);
        await ExecuteAsync(connection, "BEGIN IMMEDIATE", cancellationToken);
        try
        {
            await migrate(connection);
            await ExecuteAsync(connection, "COMMIT", cancellationToken);
        }
        catch
        {
            await ExecuteAsync(connection, "ROLLBACK", CancellationToken.None);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        writer?.Dispose();
        using (var connection = new SqliteConnection(connectionString)) SqliteConnection.ClearPool(connection);
        writing.Dispose();
    }

    // A file that was made without it has to be written anew once; an empty one is at once.
    private static async Task KeepFreePagesAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA auto_vacuum";
        if ((long)(await command.ExecuteScalarAsync(cancellationToken))! == IncrementalVacuum) return;
        command.CommandTimeout = 0;
        command.CommandText = $"PRAGMA auto_vacuum = {IncrementalVacuum}; VACUUM;";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<SqliteConnection> ConnectAsync(int cache, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            // WAL lets readers go on beside the writer. NORMAL may lose the last transactions with the power, never
            // with the process; what fills the tables is in a stream and comes again.
            await ExecuteAsync(
                connection,
                $"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = {cache}; PRAGMA wal_autocheckpoint = {CheckpointPages};",
                cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandType = CommandType.Text;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
