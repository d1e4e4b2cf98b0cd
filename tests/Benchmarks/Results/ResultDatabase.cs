using System.Diagnostics;
using System.Globalization;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Weir.Database;
using Weir.Database.Detections;
using Weir.Database.Rows;
using Weir.Tests;

namespace Weir.Benchmarks.Results;

/// <summary>A database to measure, and the same work done with no more than its own client.</summary>
internal abstract class ResultDatabase : IAsyncDisposable
{
    public abstract string Name { get; }

    /// <summary>The goal for detections, a second.</summary>
    public abstract double Goal { get; }

    public abstract string PeerName { get; }

    /// <summary>An empty database of its own.</summary>
    public abstract SiteDatabase Open(string name);

    /// <summary>Stores rows into the empty table of a database, with all its indexes; answers rows a second.</summary>
    public abstract Task<double> PeerAsync(string name, IReadOnlyList<DetectionRow> rows);

    public abstract ValueTask DisposeAsync();
}

/// <summary>SQLite in a file; the peer is Microsoft.Data.Sqlite with a prepared INSERT of several rows, in the same transactions.</summary>
internal sealed class SqliteResults(string folder) : ResultDatabase
{
    private const int RowsAStatement = 50;
    private const int RowsATransaction = 5_000;

    public override string Name => "SQLite";

    public override double Goal => 150_000;

    public override string PeerName => "prepared inserts";

    public override SiteDatabase Open(string name) => new(Options.Create(new SiteDatabaseOptions { File = FileOf(name) }));

    public override async Task<double> PeerAsync(string name, IReadOnlyList<DetectionRow> rows)
    {
        using (var database = Open(name)) await database.ReadAsync(_ => Task.FromResult(true));
        await using var connection = new SqliteConnection($"Data Source={FileOf(name)};Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
        var table = DetectionTables.Detections;
        var started = Stopwatch.GetTimestamp();
        await using var insert = RowInsert.Create(connection, table.Name, [.. table.Columns.Select(column => column.Name)], RowsAStatement, "");
        for (var first = 0; first < rows.Count; first += RowsATransaction)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            insert.Transaction = transaction;
            for (var i = first; i < Math.Min(first + RowsATransaction, rows.Count); i += RowsAStatement)
            {
                var values = RowInsert.Values(insert);
                for (var row = 0; row < RowsAStatement; row++) table.Write(rows[i + row], values);
                await insert.ExecuteNonQueryAsync();
            }
            await transaction.CommitAsync();
        }
        return rows.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string FileOf(string name) => Path.Combine(folder, $"{name}.db");
}

/// <summary>MariaDB on this machine; the peer is its own client, that loads a file.</summary>
internal sealed class MariaDbResults : ResultDatabase
{
    private readonly MariaDbServer server;
    private readonly string folder;

    private MariaDbResults(MariaDbServer server, string folder) => (this.server, this.folder) = (server, folder);

    public override string Name => "MariaDB";

    public override double Goal => 50_000;

    public override string PeerName => "mariadb client, LOAD DATA";

    public static async Task<MariaDbResults> StartAsync(string folder) =>
        new(await MariaDbServer.StartAsync("--innodb-buffer-pool-size=2G", "--innodb-log-file-size=1G"), folder);

    public override SiteDatabase Open(string name) => Open(name, BulkLoad.Auto);

    /// <summary>An empty database of its own, into which many rows go in this way.</summary>
    public SiteDatabase Open(string name, BulkLoad load) =>
        new(Options.Create(new SiteDatabaseOptions { ConnectionString = server.CreateDatabase(name), BulkLoad = load }));

    public override async Task<double> PeerAsync(string name, IReadOnlyList<DetectionRow> rows)
    {
        using (var database = Open(name)) await database.ReadAsync(_ => Task.FromResult(true));
        var table = DetectionTables.Detections;
        var file = Path.Combine(folder, $"{name}.tsv");
        await File.WriteAllLinesAsync(file, rows.Select(row =>
        {
            var line = new Line();
            table.Write(row, line);
            return line.Text;
        }), new UTF8Encoding(false));
        var started = Stopwatch.GetTimestamp();
        using var client = Process.Start(new ProcessStartInfo("mariadb",
        [
            "--no-defaults", "--protocol=tcp", "--host=127.0.0.1", $"--port={server.Port}", "--user=root", "--local-infile=1", name,
            "--execute", $"LOAD DATA LOCAL INFILE '{file}' INTO TABLE detections CHARACTER SET utf8mb4 ({table.ColumnList})",
        ]))!;
        await client.WaitForExitAsync();
        if (client.ExitCode != 0) throw new InvalidOperationException("The mariadb client could not load the file.");
        var elapsed = Stopwatch.GetElapsedTime(started);
        File.Delete(file);
        return rows.Count / elapsed.TotalSeconds;
    }

    public override ValueTask DisposeAsync() => server.DisposeAsync();

    private sealed class Line : IRowValues
    {
        private readonly StringBuilder text = new();

        public string Text => text.ToString();

        public void Add(long? value) => Next(value?.ToString(CultureInfo.InvariantCulture));

        public void Add(double? value) => Next(value?.ToString("R", CultureInfo.InvariantCulture));

        public void Add(string? value) => Next(value);

        public void Add(ReadOnlyMemory<byte> value) => throw new NotSupportedException();

        private void Next(string? value) => text.Append(text.Length == 0 ? "" : "\t").Append(value ?? "\\N");
    }
}
