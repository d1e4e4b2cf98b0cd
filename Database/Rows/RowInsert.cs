using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Weir.Database.Rows;

/// <summary>The statement that stores many rows at one go, with a parameter a value.</summary>
internal static class RowInsert
{
    /// <summary>
    /// Most rows of a statement: as many as pay off, within SQLite's 32,766 parameters and a packet of 16 MiB, which is
    /// MariaDB's default.
    /// </summary>
    public const int MostRows = 500;

    private const int MostParameters = 32_000;

    /// <summary>Stores the rows, <see cref="MostRows"/> of them a statement.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="transaction">The transaction that it is part of.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">No key twice.</param>
    /// <param name="ending">What happens to rows whose key is there already, in the words of the dialect.</param>
    public static void Execute<T>(
        DbConnection connection, DbTransaction transaction, RowTable<T> table, IReadOnlyList<T> rows, string ending)
    {
        var columns = table.Columns.Count;
        var most = Math.Min(MostRows, MostParameters / columns);
        DbCommand? command = null;
        try
        {
            for (var first = 0; first < rows.Count; first += most)
            {
                var count = Math.Min(most, rows.Count - first);
                if (command?.Parameters.Count != count * columns)
                {
                    command?.Dispose();
                    command = Create(connection, table.Name, [.. table.Columns.Select(column => column.Name)], count, ending);
                    command.Transaction = transaction;
                }
                var values = Values(command);
                for (var i = 0; i < count; i++) table.Write(rows[first + i], values);
                command.ExecuteNonQuery();
            }
        }
        finally
        {
            command?.Dispose();
        }
    }

    /// <summary>The statement for some rows; its parameters, row by row, are yet to be set.</summary>
    public static DbCommand Create(DbConnection connection, string table, IReadOnlyList<string> columns, int rows, string ending)
    {
        var command = connection.CreateCommand();
        var sql = new StringBuilder($"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ");
        for (var i = 0; i < rows; i++)
        {
            sql.Append(i == 0 ? "(" : ", (");
            for (var column = 0; column < columns.Count; column++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{i * columns.Count + column}");
                command.Parameters.Add(parameter);
                sql.Append(column == 0 ? "" : ", ").Append(parameter.ParameterName);
            }
            sql.Append(')');
        }
        command.CommandText = sql.Append(ending).ToString();
        return command;
    }

    /// <summary>Sets the parameters of a statement, from its first on.</summary>
    public static IRowValues Values(DbCommand command) => new ParameterValues(command.Parameters);

    private sealed class ParameterValues(DbParameterCollection parameters) : IRowValues
    {
        private int next;

        public void Add(long? value) => Set(value is { } number ? number : DBNull.Value);

        public void Add(double? value) => Set(value is { } number ? number : DBNull.Value);

        public void Add(string? value) => Set(value ?? (object)DBNull.Value);

        public void Add(ReadOnlyMemory<byte> value) => Set(value.ToArray());

        private void Set(object value) => parameters[next++].Value = value;
    }
}
