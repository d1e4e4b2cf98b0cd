using System.Globalization;
using Weir.Archive.Duck;
using Weir.Archive.Encryption;

namespace Weir.Archive;

/// <summary>
/// Encrypted files of one schema as a table of SQL. They are decrypted a row group at a time while the table is read, so
/// that a statement over however many of them has no more than one of those in memory, and none on the disk.
/// </summary>
internal sealed class EncryptedTable : IDuckTable
{
    /// <summary>The files, in key order.</summary>
    public required IReadOnlyList<ArchiveEntry> Files { get; init; }

    /// <summary>Their columns.</summary>
    public required IReadOnlyList<DuckColumnDefinition> Columns { get; init; }

    /// <summary>Where their keys are.</summary>
    public required EncryptionKeys Keys { get; init; }

    /// <summary>Reads row groups; another DuckDB than that of the statement.</summary>
    public required DuckDatabase Database { get; init; }

    /// <summary>What is wanted of them.</summary>
    public required KeyWindow Window { get; init; }

    /// <summary>Hears of a file that turns out to be damaged.</summary>
    public required Action<ArchiveEntry, ArchiveFileException> Damaged { get; init; }

    /// <summary>Ends the reading.</summary>
    public required CancellationToken Ending { get; init; }

    public IDuckScan Scan(IReadOnlyList<int> columns) => new Reading(this, columns);

    private bool Has(int column) => column >= 0 && column < Columns.Count;

    // The types are those that were promised, whatever a file has. A number beyond the columns asks for rows alone.
    private string Select(IReadOnlyList<int> columns)
    {
        var list = columns.Select(column => Has(column) ? $"CAST(\"{Columns[column].Name}\" AS {Columns[column].SqlType})" : "0");
        return string.Create(CultureInfo.InvariantCulture,
            $"SELECT {string.Join(", ", list)} FROM {ArchiveReader.Source} WHERE ts >= {Window.First.TimestampMicros} AND ts <= {Window.Last.TimestampMicros}");
    }

    private IEnumerable<MemoryFile> Parts()
    {
        foreach (var entry in Files)
        {
            using var file = Guard(entry, () => entry.Open(Keys));
            foreach (var group in file.RowGroups)
            {
                if (!ArchiveReader.Overlaps(group, Window.First.TimestampMicros, Window.Last.TimestampMicros)) continue;
                Ending.ThrowIfCancellationRequested();
                using var plain = Guard(entry, () => entry.Decrypt(file, group));
                yield return plain;
            }
        }
    }

    private T Guard<T>(ArchiveEntry entry, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (ArchiveFileException damage)
        {
            Damaged(entry, damage);
            throw;
        }
    }

    private sealed class Reading : IDuckScan
    {
        private readonly EncryptedTable table;
        private readonly IReadOnlyList<int> columns;
        private readonly DuckConnection connection;
        private readonly DuckStatement select;
        private readonly IEnumerator<MemoryFile> parts;
        private DuckResult? rows;

        public Reading(EncryptedTable table, IReadOnlyList<int> columns)
        {
            (this.table, this.columns) = (table, columns);
            parts = table.Parts().GetEnumerator();
            connection = table.Database.Connect();
            connection.KeepsFooters = false;
            select = connection.Prepare(table.Select(columns));
        }

        public int Fill(DuckRows target)
        {
            DuckChunk chunk;
            while (rows is null || !rows.Read(out chunk))
            {
                rows?.Dispose();
                rows = null;
                if (!parts.MoveNext()) return 0;
                rows = select.Bind(1, parts.Current.Path).Execute("read", parts.Current.Path, table.Ending);
            }
            for (var i = 0; i < columns.Count; i++)
            {
                if (table.Has(columns[i])) target.Refer(i, chunk, i);
            }
            return chunk.Count;
        }

        public void Dispose()
        {
            rows?.Dispose();
            parts.Dispose();
            connection.Dispose();
        }
    }
}
