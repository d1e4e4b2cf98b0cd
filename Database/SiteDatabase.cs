using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Weir.Database.Dialects;
using Weir.Database.Providers;
using Weir.Database.Rows;
using Weir.Database.Schema;

namespace Weir.Database;

/// <summary>
/// The database of a site: a SQLite file, or a database that speaks the MySQL protocol. Opened on first use: it is
/// brought to the newest schema then. All members may be called from any thread.
/// </summary>
public sealed class SiteDatabase : IDisposable
{
    private readonly SemaphoreSlim opening = new(1, 1);
    private readonly IDatabaseProvider provider;
    private readonly ILogger logger;
    private bool opened;

    /// <summary>Makes it; nothing is opened yet.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="logger">Is told how a change of the schema goes on; null for nobody.</param>
    public SiteDatabase(IOptions<SiteDatabaseOptions> options, ILogger<SiteDatabase>? logger = null)
    {
        provider = options.Value.ConnectionString.Length > 0 ? new MySqlProvider(options.Value) : new SqliteProvider(options.Value);
        this.logger = logger ?? NullLogger<SiteDatabase>.Instance;
    }

    /// <summary>What this database says differently.</summary>
    internal ISqlDialect Dialect => provider.Dialect;

    /// <summary>Reads with a connection of the pool.</summary>
    public async Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken);
        return await provider.ReadAsync(read, cancellationToken);
    }

    /// <summary>
    /// Writes in one transaction: all of it, or nothing where <paramref name="write"/> throws. Where the database ends
    /// the transaction for the sake of another (deadlock, write conflict), <paramref name="write"/> is called again, so
    /// it must do nothing but write.
    /// </summary>
    public async Task<T> WriteAsync<T>(
        Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken);
        return await provider.WriteAsync(write, cancellationToken);
    }

    /// <summary>Stores rows within a <see cref="WriteAsync"/>, in the fastest way that the database has; it blocks until they are.</summary>
    internal void Insert<T>(
        DbConnection connection, DbTransaction transaction, RowTable<T> table, IReadOnlyList<T> rows, ExistingRow existing = ExistingRow.Stays)
    {
        if (rows.Count > 0) provider.Insert(connection, transaction, table, rows, Dialect.Ending(table, existing), existing == ExistingRow.Stays);
    }

    /// <summary>Like <see cref="Insert"/>, but a row whose key is there already gets what <paramref name="merge"/> makes of both.</summary>
    /// <param name="connection">A connection that <see cref="WriteAsync"/> gave.</param>
    /// <param name="transaction">Its transaction.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">No key twice.</param>
    /// <param name="merge">Assignments, in which <c>NEW(column)</c> stands for the new value of a column.</param>
    internal void Merge<T>(DbConnection connection, DbTransaction transaction, RowTable<T> table, IReadOnlyList<T> rows, string merge)
    {
        if (rows.Count == 0) return;
        var keys = string.Join(", ", table.Keys.Select(column => column.Name));
        provider.Insert(connection, transaction, table, rows, Dialect.MergeExisting(keys, merge), mayLoad: false);
    }

    /// <summary>Ends when what was committed before is safe from a loss of power.</summary>
    internal async Task SyncAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await provider.SyncAsync(cancellationToken);
    }

    /// <summary>Stores one row, whose key is new or whose other columns are replaced.</summary>
    internal Task PutAsync<T>(RowTable<T> table, T row, ExistingRow existing, CancellationToken cancellationToken)
    {
        table.Check(row);
        return WriteAsync((connection, transaction) =>
        {
            Insert(connection, transaction, table, [row], existing);
            return Task.FromResult(true);
        }, cancellationToken);
    }

    /// <summary>Gives a step of the space of deleted rows back to the system, where the database can.</summary>
    /// <returns>Whether there may be more.</returns>
    internal async Task<bool> ReleaseSpaceAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        return await provider.ReleaseSpaceAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        provider.Dispose();
        opening.Dispose();
    }

    // One that failed is tried again by the next caller.
    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref opened)) return;
        await opening.WaitAsync(cancellationToken);
        try
        {
            if (opened) return;
            await provider.MigrateAsync(connection => Migrations.RunAsync(connection, provider.Dialect, logger), cancellationToken);
            Volatile.Write(ref opened, true);
        }
        finally
        {
            opening.Release();
        }
    }
}
