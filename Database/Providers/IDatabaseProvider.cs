using System.Data.Common;
using Weir.Database.Dialects;
using Weir.Database.Rows;

namespace Weir.Database.Providers;

/// <summary>Reaches one kind of database. All members may be called from any thread.</summary>
internal interface IDatabaseProvider : IDisposable
{
    /// <summary>What it says differently.</summary>
    ISqlDialect Dialect { get; }

    /// <summary>Reads with a connection of the pool.</summary>
    Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>
    /// Writes in one transaction: all of it, or nothing where <paramref name="write"/> throws. It may be called again
    /// where the database has ended the transaction for another's sake.
    /// </summary>
    Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancellationToken);

    /// <summary>Stores rows in the fastest way there is. It blocks until they are stored.</summary>
    /// <param name="connection">A connection that <see cref="WriteAsync"/> gave.</param>
    /// <param name="transaction">Its transaction.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">Rows that the table takes; no key twice.</param>
    /// <param name="ending">What becomes of rows whose key is there already, in the words of the dialect.</param>
    /// <param name="mayLoad">Whether they stay as they are, so that rows may be loaded from a file.</param>
    void Insert<T>(
        DbConnection connection, DbTransaction transaction, RowTable<T> table, IReadOnlyList<T> rows, string ending, bool mayLoad);

    /// <summary>Changes the schema while no other process does.</summary>
    Task MigrateAsync(Func<DbConnection, Task> migrate, CancellationToken cancellationToken);

    /// <summary>Gives space that deleted rows have left back to the system, a step of it, where the database can.</summary>
    /// <returns>Whether there may be more.</returns>
    Task<bool> ReleaseSpaceAsync(CancellationToken cancellationToken);

    /// <summary>Ends when what was committed before is safe from a loss of power.</summary>
    Task SyncAsync(CancellationToken cancellationToken);
}
