using System.Data.Common;

namespace Weir.Database.Rows;

/// <summary>
/// Copies what a site has in one database into another, so that a site can move from SQLite to a server and back. Rows
/// that are there already stay as they are, so a copy that was cut off is simply run again. The membership of a cluster
/// is not copied: it is of the silos that run.
/// </summary>
public static class DatabaseCopy
{
    // In bytes, roughly: within MariaDB's packet of 16 MiB also where every byte of a BLOB gets an escape.
    private const int MostBytes = 4 << 20;

    private static readonly (string Table, int Keys)[] Tables =
    [
        ("sites", 1), ("cameras", 1), ("models", 2), ("exchanges", 1), ("rules", 1), ("users", 1),
        ("evidence_content", 1), ("evidence", 1), ("detections", 4), ("detection_words", 5), ("detection_zones", 5),
        ("detection_counts", 4), ("detection_counts_of_site", 3),
        ("tracks", 2), ("scene_events", 1), ("scene_event_words", 3), ("alarms", 1), ("alarm_history", 3), ("alarm_evidence", 2), ("gaps", 1),
        ("transfers", 1), ("audit", 2), ("dead_letters", 2), ("sink_streams", 1), ("grain_state", 2), ("reminders", 2),
    ];

    /// <summary>Copies all rows. Nothing else should write to either database meanwhile.</summary>
    /// <returns>How many rows each table of the source has.</returns>
    public static async Task<IReadOnlyList<(string Table, long Rows)>> RunAsync(
        SiteDatabase source, SiteDatabase target, CancellationToken cancellationToken = default)
    {
        var copied = new List<(string, long)>();
        foreach (var (table, keys) in Tables)
        {
            copied.Add((table, await source.ReadAsync(
                connection => CopyTableAsync(connection, table, keys, target, cancellationToken), cancellationToken)));
        }
        return copied;
    }

    private static async Task<long> CopyTableAsync(
        DbConnection connection, string name, int keys, SiteDatabase target, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {name}";
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        RowColumn[] columns = [.. Enumerable.Range(0, reader.FieldCount).Select(i => new RowColumn(reader.GetName(i)))];
        var table = new RowTable<object[]>(name, columns[..keys], columns[keys..], Write);
        var batch = new List<object[]>();
        var bytes = 0L;
        var rows = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            var values = new object[columns.Length];
            reader.GetValues(values);
            batch.Add(values);
            bytes += values.Sum(value => value switch { byte[] content => content.Length, string text => text.Length, _ => 8L });
            rows++;
            if (batch.Count == RowInsert.MostRows || bytes >= MostBytes) await StoreAsync();
        }
        if (batch.Count > 0) await StoreAsync();
        return rows;

        async Task StoreAsync()
        {
            await target.WriteAsync((to, transaction) =>
            {
                target.Insert(to, transaction, table, batch);
                return Task.FromResult(true);
            }, cancellationToken);
            batch.Clear();
            bytes = 0;
        }
    }

    private static void Write(object[] row, IRowValues values)
    {
        foreach (var value in row)
        {
            switch (value)
            {
                case DBNull: values.Add((string?)null); break;
                case string text: values.Add(text); break;
                case byte[] content: values.Add(content.AsMemory()); break;
                case double or float: values.Add(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)); break;
                default: values.Add(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)); break;
            }
        }
    }
}
