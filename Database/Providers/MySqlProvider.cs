using System.Data;
using System.Data.Common;
using Dapper;
using MySql.Data.MySqlClient;
using Weir.Database.Dialects;
using Weir.Database.Rows;

namespace Weir.Database.Providers;

/// <summary>
/// A database that speaks the MySQL protocol: MatrixOne, MariaDB, MySQL. MySql.Data 8.0.16 does all its work
/// synchronously beneath its async methods, so it gets threads of the pool here, as many at most as connections.
/// </summary>
internal sealed class MySqlProvider : IDatabaseProvider
{
    private const int MostAttempts = 8;
    private const int LockWaitTimeout = 1205;
    private const int FewestToLoad = 200;

    // Deadlock and lock wait of MariaDB and MySQL; write conflict, retry, deadlock, lock moved of MatrixOne.
    private static readonly HashSet<int> Transient = [LockWaitTimeout, 1213, 20601, 20619, 20628, 20631, 20701, 20702];
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);

    private readonly SemaphoreSlim places;
    private readonly string connectionString;
    private readonly TimeSpan migrationPatience;
    private readonly TimeSpan commandTimeout;
    private readonly BulkLoad bulkLoad;
    private bool? canLoad;

    public MySqlProvider(SiteDatabaseOptions options)
    {
        places = new SemaphoreSlim(options.MaxConnections);
        migrationPatience = options.MigrationTimeout;
        commandTimeout = options.CommandTimeout;
        bulkLoad = options.BulkLoad;
        connectionString = new MySqlConnectionStringBuilder(options.ConnectionString)
        {
            ConnectionTimeout = (uint)options.ConnectTimeout.TotalSeconds,
            DefaultCommandTimeout = (uint)options.CommandTimeout.TotalSeconds,
            Pooling = true,
            // Two more than work at one time: those that change the schema.
            MaximumPoolSize = (uint)options.MaxConnections + 2,
            // MatrixOne knows no reset before 4.3, and MariaDB's reset and this driver do not go together.
            ConnectionReset = false,
            IgnorePrepare = true,
            AllowLoadLocalInfile = options.BulkLoad != BulkLoad.Never,
            CharacterSet = "utf8mb4",
            PersistSecurityInfo = false,
        }.ConnectionString;
    }

    /// <inheritdoc/>
    public ISqlDialect Dialect { get; } = new MySqlDialect();

    /// <summary>Says what is wrong with a connection string, without what is in it; null where nothing is.</summary>
    public static string? Fault(string connectionString)
    {
        try
        {
            var parsed = new MySqlConnectionStringBuilder(connectionString);
            return parsed.Database.Length == 0 ? "it names no database (Database=…)" : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            return "it is no list of key=value; that MySql.Data understands, such as Server=…;Port=…;User Id=…;Password=…;Database=…";
        }
    }

    /// <inheritdoc/>
    public Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken) =>
        WithRetryAsync(async () =>
        {
            await using var connection = Connect();
            return await read(connection);
        }, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Reads what is committed, as MatrixOne does: MariaDB's default locks more, and deadlocks more.</remarks>
    public Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancellationToken) =>
        WithRetryAsync(async () =>
        {
            await using var connection = Connect();
            await using var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
            var result = await write(connection, transaction);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }, cancellationToken);

    /// <inheritdoc/>
    public void Insert<T>(
        DbConnection connection, DbTransaction transaction, RowTable<T> table, IReadOnlyList<T> rows, string ending, bool mayLoad)
    {
        var isLoad = mayLoad && table.IsLoadable && rows.Count >= FewestToLoad;
        if (isLoad && CanLoad((MySqlConnection)connection)) MySqlLoad.Insert((MySqlConnection)connection, table, rows, (int)commandTimeout.TotalSeconds);
        else RowInsert.Execute(connection, transaction, table, rows, ending);
    }

    /// <inheritdoc/>
    /// <remarks>A server's commit is safe by itself.</remarks>
    public Task SyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    /// <remarks>The server uses the space of deleted rows again by itself; only a rebuilt table gives it back.</remarks>
    public Task<bool> ReleaseSpaceAsync(CancellationToken cancellationToken) => Task.FromResult(false);

    /// <inheritdoc/>
    /// <remarks>
    /// The lock is a locked row of a connection of its own, since a change of the schema ends the transaction that it
    /// is in. The server lets go of it with the connection, however the process ends.
    /// </remarks>
    public Task MigrateAsync(Func<DbConnection, Task> migrate, CancellationToken cancellationToken) => Task.Run(async () =>
    {
        await using var holder = Connect();
        foreach (var statement in Dialect.SchemaStatements("CREATE TABLE IF NOT EXISTS schema_lock (id INT NOT NULL, holders INT NOT NULL, PRIMARY KEY (id));"))
            await holder.ExecuteAsync(statement.Sql);
        await holder.ExecuteAsync("INSERT INTO schema_lock (id, holders) VALUES (1, 0)" + Dialect.KeepExisting("id", "holders"));
        await using var transaction = holder.BeginTransaction(IsolationLevel.ReadCommitted);
        await LockAsync(holder, transaction, cancellationToken);
        await using (var connection = Connect()) await migrate(connection);
        transaction.Commit();
    }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        using (var connection = new MySqlConnection(connectionString)) MySqlConnection.ClearPool(connection);
        places.Dispose();
    }

    // MatrixOne refuses rows that are there already, where MariaDB and MySQL skip them.
    private bool CanLoad(MySqlConnection connection)
    {
        if (bulkLoad == BulkLoad.Never) return false;
        if (bulkLoad == BulkLoad.Always) return true;
        return canLoad ??= !connection.ServerVersion.Contains("MatrixOne", StringComparison.OrdinalIgnoreCase)
            && connection.ExecuteScalar<int>("SELECT @@local_infile") == 1;
    }

    private async Task LockAsync(MySqlConnection holder, MySqlTransaction transaction, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(migrationPatience);
        while (true)
        {
            try
            {
                await holder.ExecuteAsync("SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE", transaction: transaction);
                return;
            }
            catch (MySqlException e) when (e.Number == LockWaitTimeout && !patience.IsCancellationRequested)
            {
                // Another process is at it; wait on.
            }
        }
    }

    private async Task<T> WithRetryAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await Task.Run(work, cancellationToken);
                }
                catch (MySqlException e) when (Transient.Contains(e.Number) && attempt < MostAttempts)
                {
                    // Full jitter, so that those who were in each other's way do not meet again.
                    await Task.Delay(Random.Shared.NextDouble() * (1 << attempt) * FirstPause, cancellationToken);
                }
            }
        }
        finally
        {
            places.Release();
        }
    }

    private MySqlConnection Connect()
    {
        var connection = new MySqlConnection(connectionString);
        try
        {
            connection.Open();
            // The driver sets the character set of results to none, and then cannot read MariaDB's utf8mb3, in which
            // even warnings come. A pooled connection may be a new one beneath, so each gets it.
            connection.Execute("SET NAMES utf8mb4");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
