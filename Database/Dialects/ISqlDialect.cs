using System.Data.Common;
using Weir.Database.Rows;

namespace Weir.Database.Dialects;

/// <summary>
/// What the databases say differently. Everything else is written once, in what SQLite, MariaDB, MySQL and MatrixOne
/// all understand: no auto-increment, no server clock, no affected-row counts but those of a guarded UPDATE or a
/// DELETE, one uniqueness rule a table (its primary key), no integer division.
/// </summary>
internal interface ISqlDialect
{
    /// <summary>
    /// The statements of a schema file. Files are written as MatrixOne has it: tables with their indexes as
    /// <c>KEY name (columns),</c> on lines of their own before the primary key. What only SQLite knows is
    /// <c>WITHOUT ROWID</c> behind a table that lies in the order of its primary key, as all do elsewhere. Later files change
    /// indexes by <c>CREATE INDEX name ON table (columns)</c> and <c>DROP INDEX name ON table</c>.
    /// </summary>
    IEnumerable<SchemaStatement> SchemaStatements(string file);

    /// <summary>Ends an INSERT: a row whose key is there already changes nothing.</summary>
    /// <param name="keys">The columns of the primary key, with commas between them.</param>
    /// <param name="column">Some other column of the table.</param>
    string KeepExisting(string keys, string column);

    /// <summary>Ends an INSERT: a row whose key is there already gets the new values of some columns.</summary>
    /// <param name="keys">The columns of the primary key, with commas between them.</param>
    /// <param name="columns">The columns that are replaced; none of the key.</param>
    string ReplaceExisting(string keys, params ReadOnlySpan<string> columns);

    /// <summary>Ends an INSERT: a row whose key is there already gets what <paramref name="merge"/> makes of it.</summary>
    /// <param name="keys">The columns of the primary key, with commas between them.</param>
    /// <param name="merge">Assignments, in which <c>NEW(column)</c> stands for the new value of a column.</param>
    string MergeExisting(string keys, string merge);

    /// <summary>Ends an INSERT into a table: what becomes of rows whose key is there already.</summary>
    string Ending<T>(RowTable<T> table, ExistingRow existing)
    {
        var keys = string.Join(", ", table.Keys.Select(column => column.Name));
        return existing == ExistingRow.Stays
            ? KeepExisting(keys, table.Others[0].Name)
            : ReplaceExisting(keys, [.. table.Others.Select(column => column.Name)]);
    }

    /// <summary>Whether a CREATE INDEX or DROP INDEX was refused because the index is there, or gone, already.</summary>
    bool IsIndexDone(DbException fault);

    /// <summary>Whether an INSERT was refused because its key is there already.</summary>
    bool IsDuplicateKey(DbException fault);

    /// <summary>Whether a statement was refused because a table or a column that it names is not there.</summary>
    bool IsMissing(DbException fault);

    /// <summary>
    /// Whether a statement was refused for what is in it, so that it would be refused again; not so where the database
    /// is away, full or busy.
    /// </summary>
    bool IsRefused(DbException fault);
}
