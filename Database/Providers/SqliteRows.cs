using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Weir.Database.Rows;

namespace Weir.Database.Providers;

/// <summary>
/// Stores rows with one prepared statement and SQLite's own calls. A command with parameters looks each of them up by
/// its name, which takes several times as long as SQLite itself.
/// </summary>
internal static class SqliteRows
{
    /// <summary>Stores the rows in the transaction that the connection is in.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="ending">What happens to rows whose key is there already.</param>
    public static void Insert<T>(SqliteConnection connection, RowTable<T> table, IReadOnlyList<T> rows, string ending)
    {
        var places = string.Join(", ", Enumerable.Repeat("?", table.Columns.Count));
        var database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(database, $"INSERT INTO {table.Name} ({table.ColumnList}) VALUES ({places}){ending}", out var statement), database);
        using (statement)
        {
            var values = new Values(database, statement);
            for (var i = 0; i < rows.Count; i++)
            {
                values.Begin();
                table.Write(rows[i], values);
                var result = raw.sqlite3_step(statement);
                if (result != raw.SQLITE_DONE) Check(result, database);
                raw.sqlite3_reset(statement);
            }
        }
    }

    private static void Check(int result, sqlite3 database) => SqliteException.ThrowExceptionForRC(result, database);

    private sealed class Values(sqlite3 database, sqlite3_stmt statement) : IRowValues
    {
        private const int ShortText = 256;
        private int next;

        public void Begin() => next = 0;

        public void Add(long? value) =>
            Bound(value is { } number ? raw.sqlite3_bind_int64(statement, ++next, number) : raw.sqlite3_bind_null(statement, ++next));

        public void Add(double? value) =>
            Bound(value is { } number ? raw.sqlite3_bind_double(statement, ++next, number) : raw.sqlite3_bind_null(statement, ++next));

        public void Add(string? value)
        {
            next++;
            if (value is null) Bound(raw.sqlite3_bind_null(statement, next));
            // An empty span would be bound as NULL.
            else if (value.Length == 0) Bound(raw.sqlite3_bind_text(statement, next, ""));
            else BindText(value);
        }

        public void Add(ReadOnlyMemory<byte> value) => Bound(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(statement, ++next, 0)
            : raw.sqlite3_bind_blob(statement, ++next, value.Span));

        private void BindText(string value)
        {
            var most = Encoding.UTF8.GetMaxByteCount(value.Length);
            var rented = most > ShortText ? ArrayPool<byte>.Shared.Rent(most) : null;
            var bytes = rented is null ? stackalloc byte[ShortText] : rented;
            var length = Encoding.UTF8.GetBytes(value, bytes);
            var result = raw.sqlite3_bind_text(statement, next, bytes[..length]);
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
            Bound(result);
        }

        private void Bound(int result) => Check(result, database);
    }
}
