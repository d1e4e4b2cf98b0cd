using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MySql.Data.MySqlClient;
using Weir.Database.Rows;

namespace Weir.Database.Providers;

/// <summary>
/// Stores rows by <c>LOAD DATA LOCAL</c>, from a file that is there for the moment: a row whose key is there already
/// stays. MySql.Data takes longer over the parameters of an INSERT than the server over its rows.
/// </summary>
internal static class MySqlLoad
{
    /// <summary>Stores the rows in the transaction that the connection is in.</summary>
    public static void Insert<T>(MySqlConnection connection, RowTable<T> table, IReadOnlyList<T> rows, int timeoutSeconds)
    {
        // Only this user can read it.
        var name = Path.GetTempFileName();
        using var file = new FileStream(
            name, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.DeleteOnClose);
        Write(file, table, rows);
        var loader = new MySqlBulkLoader(connection)
        {
            FileName = name, Local = true, TableName = table.Name, CharacterSet = "utf8mb4", Timeout = timeoutSeconds,
            FieldTerminator = "\\t", LineTerminator = "\\n", EscapeCharacter = '\\',
            ConflictOption = MySqlBulkLoaderConflictOption.Ignore,
        };
        loader.Columns.AddRange(table.Columns.Select(column => column.Name));
        loader.Load();
    }

    private static void Write<T>(FileStream file, RowTable<T> table, IReadOnlyList<T> rows)
    {
        using var line = new Lines(file);
        for (var i = 0; i < rows.Count; i++)
        {
            table.Write(rows[i], line);
            line.End();
        }
    }

    /// <summary>
    /// Values with tabs between them and a line a row, as LOAD DATA reads them:
    /// https://mariadb.com/kb/en/load-data-infile/. A backslash stands before what would end a value.
    /// </summary>
    private sealed class Lines(FileStream file) : IRowValues, IDisposable
    {
        private const int FlushAt = 1 << 18;
        private const int LongestNumber = 32;
        private static readonly SearchValues<byte> Special = SearchValues.Create("\\\t\n\r\0"u8);

        private byte[] buffer = ArrayPool<byte>.Shared.Rent(FlushAt + (1 << 16));
        private int length;
        private bool inRow;

        public void Add(long? value)
        {
            if (value is not { } number)
            {
                AddNothing();
                return;
            }
            Next(LongestNumber);
            Utf8Formatter.TryFormat(number, buffer.AsSpan(length), out var written);
            length += written;
        }

        public void Add(double? value)
        {
            if (value is not { } number)
            {
                AddNothing();
                return;
            }
            Next(LongestNumber);
            number.TryFormat(buffer.AsSpan(length), out var written, "R", CultureInfo.InvariantCulture);
            length += written;
        }

        public void Add(string? value)
        {
            if (value is null)
            {
                AddNothing();
                return;
            }
            // Each byte may get another before it.
            Next(2 * Encoding.UTF8.GetMaxByteCount(value.Length));
            var written = Encoding.UTF8.GetBytes(value, buffer.AsSpan(length));
            if (buffer.AsSpan(length, written).ContainsAny(Special)) written = Escape(written);
            length += written;
        }

        public void Add(ReadOnlyMemory<byte> value) => throw new NotSupportedException("A table with bytes is not loaded from a file.");

        public void End()
        {
            buffer[length++] = (byte)'\n';
            inRow = false;
            if (length >= FlushAt) Flush();
        }

        public void Dispose()
        {
            Flush();
            ArrayPool<byte>.Shared.Return(buffer);
        }

        private void AddNothing()
        {
            Next(2);
            "\\N"u8.CopyTo(buffer.AsSpan(length));
            length += 2;
        }

        private void Next(int room)
        {
            if (length + room + 2 > buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(2 * (length + room + 2));
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
            if (inRow) buffer[length++] = (byte)'\t';
            inRow = true;
        }

        private int Escape(int written)
        {
            var plain = buffer.AsSpan(length, written).ToArray();
            var at = length;
            foreach (var value in plain)
            {
                if (Special.Contains(value)) buffer[at++] = (byte)'\\';
                buffer[at++] = value switch { 0 => (byte)'0', (byte)'\n' => (byte)'n', (byte)'\r' => (byte)'r', (byte)'\t' => (byte)'t', _ => value };
            }
            return at - length;
        }

        private void Flush()
        {
            file.Write(buffer.AsSpan(0, length));
            length = 0;
        }
    }
}
