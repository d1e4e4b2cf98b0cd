using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Weir.Benchmarks.Streams;
using Weir.Database;
using Weir.Database.Detections;
using Weir.Database.Evidence;
using Weir.Database.Sinks;
using Weir.Streams;

namespace Weir.Benchmarks.Results;

/// <summary>
/// Results from a stream into each database, evidence, and what pages ask. Options: <c>detections</c> (of the sink),
/// <c>batch</c> and <c>batchbytes</c> (rows of a transaction of the sink, and bytes that are read for it),
/// <c>rows</c> (that the queries look through; 10000000 is the full measure), <c>queries</c>, <c>only</c> (1 SQLite, 2 MariaDB),
/// <c>parts</c> (the sum of what is measured: 1 the sink, 2 its peer, 4 evidence, 8 pages, 16 ways to load; all where left out).
/// </summary>
internal sealed class DatabaseBenchmark : IBenchmark
{
    private const int EvidenceBytes = 60_000;
    private const int RowsATransaction = 5_000;

    [Flags]
    private enum Parts
    {
        Sink = 1,
        Peer = 2,
        Evidence = 4,
        Pages = 8,
        Load = 16,
    }

    public string Name => "database";

    public string Description => "results from a stream into SQLite and MariaDB beside their own clients, evidence, latency of each query of pages";

    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("weir-bench-database-").FullName;
        var only = arguments.Number("only", 0);
        List<Figure> figures = [];
        try
        {
            if (only is 0 or 1)
            {
                await using var sqlite = new SqliteResults(folder);
                figures.AddRange(await MeasureAsync(sqlite, arguments, cancellationToken));
            }
            if (only is 0 or 2)
            {
                await using var server = await MariaDbResults.StartAsync(folder);
                figures.AddRange(await MeasureAsync(server, arguments, cancellationToken));
                if (PartsOf(arguments).HasFlag(Parts.Load)) figures.Add(await LoadAsync(server, arguments.Number("detections", 500_000) / 5));
            }
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<Figure>> MeasureAsync(ResultDatabase target, BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var detections = arguments.Number("detections", 500_000);
        List<Figure> figures = [];
        var parts = PartsOf(arguments);
        double? peer = parts.HasFlag(Parts.Peer)
            ? await target.PeerAsync("peer", [.. Enumerable.Range(0, detections / ResultLoad.ObjectsAFrame).SelectMany(number => ResultLoad.Rows(number, ResultLoad.LiveStep))])
            : null;
        var options = new SinkOptions();
        options.BatchRows = arguments.Number("batch", options.BatchRows);
        options.BatchBytes = arguments.Number("batchbytes", options.BatchBytes);
        if (parts.HasFlag(Parts.Sink)) figures.AddRange(await SinkAsync(target, options, detections, peer, cancellationToken));
        if (parts.HasFlag(Parts.Evidence)) figures.Add(await EvidenceAsync(target, arguments.Number("pieces", 500), cancellationToken));
        if (!parts.HasFlag(Parts.Pages)) return figures;
        using var database = target.Open("pages");
        figures.AddRange(await new PageQueries(database, target.Name).RunAsync(
            arguments.Number("rows", 500_000), arguments.Number("queries", 200), cancellationToken));
        return figures;
    }

    private static Parts PartsOf(BenchmarkArguments arguments) => (Parts)arguments.Number("parts", 31);

    private static async Task<IEnumerable<Figure>> SinkAsync(
        ResultDatabase target, SinkOptions batches, int detections, double? peer, CancellationToken cancellationToken)
    {
        await using var streams = new StreamFolder();
        var stream = await streams.CreateAsync("results", StreamDurability.Written);
        await ResultLoad.AppendAsync(streams.Store, stream, detections / ResultLoad.ObjectsAFrame);
        var load = new ResultLoad();
        using var database = target.Open("sink");
        var options = Options.Create(batches);
        using var services = new SinkServices(
            database, streams.Store, new CircuitBreaker(options, TimeProvider.System), options, TimeProvider.System, NullLogger<StreamSink>.Instance);
        await using var sink = services.Open(stream, load.Decoder);

        // From the first fifth on: the schema is made, the code is compiled, the caches are warm.
        await UntilAsync(() => sink.Status.StoredRows >= detections / 5, cancellationToken);
        var (from, started, processor) = (sink.Status.StoredRows, Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await UntilAsync(() => sink.Status.StoredRows >= detections, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        processor = Environment.CpuUsage.TotalTime - processor;
        if (sink.Status.DeadLetters > 0) throw new InvalidOperationException("The sink had dead letters.");
        var stored = await new DetectionTable(database).CountAsync(null, null, 0, long.MaxValue, 86_400_000_000, cancellationToken);
        if (stored.Sum(count => count.Detections) != detections) throw new InvalidOperationException("The counts are not those of what went in.");

        var rate = (detections - from) / elapsed.TotalSeconds;
        return
        [
            new Figure($"{target.Name}: stream to table", rate, "detections/s", target.PeerName, peer),
            new Figure($"{target.Name}: stream to table, the goal", rate, "detections/s", "goal", target.Goal, Goal: 1),
            new Figure($"{target.Name}: processor time of this process", processor.TotalMicroseconds / (detections - from), "us/detection"),
        ];
    }

    /// <summary>The same rows by <c>LOAD DATA LOCAL</c> and by INSERT of many rows, in transactions as the sink makes them; the ways take turns.</summary>
    private static async Task<Figure> LoadAsync(MariaDbResults server, int detections)
    {
        using var loading = server.Open("loaded", BulkLoad.Auto);
        using var inserting = server.Open("inserted", BulkLoad.Never);
        var batches = Enumerable.Range(0, detections / ResultLoad.ObjectsAFrame).SelectMany(number => ResultLoad.Rows(number, ResultLoad.LiveStep))
            .Chunk(RowsATransaction);
        var (load, insert) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var part in batches)
        {
            load += await TimeAsync(loading, part);
            insert += await TimeAsync(inserting, part);
        }
        return new Figure(
            "MariaDB: LOAD DATA LOCAL", detections / load.TotalSeconds, "detections/s", "INSERT of 500 rows", detections / insert.TotalSeconds);

        static async Task<TimeSpan> TimeAsync(SiteDatabase database, DetectionRow[] rows)
        {
            await database.ReadAsync(_ => Task.FromResult(true));
            var started = Stopwatch.GetTimestamp();
            await database.WriteAsync((connection, transaction) =>
            {
                database.Insert(connection, transaction, DetectionTables.Detections, rows);
                return Task.FromResult(true);
            });
            return Stopwatch.GetElapsedTime(started);
        }
    }

    private static async Task<Figure> EvidenceAsync(ResultDatabase target, int pieces, CancellationToken cancellationToken)
    {
        using var database = target.Open("evidence");
        var store = new EvidenceStore(database, TimeProvider.System);
        var contents = new List<ReadOnlyMemory<byte>>();
        var random = new Random(3);
        for (var i = 0; i < pieces; i++)
        {
            var content = new byte[EvidenceBytes];
            random.NextBytes(content);
            contents.Add(content);
        }
        await store.PutAsync("warm"u8.ToArray(), "image/jpeg", cancellationToken);
        var raw = MeasureFile(contents);
        var started = Stopwatch.GetTimestamp();
        foreach (var chunk in contents.Chunk(10)) await store.PutAsync(chunk, "image/jpeg", cancellationToken);
        return new Figure(
            $"{target.Name}: evidence, 60 kB a piece, ten at a time", (double)pieces * EvidenceBytes / (1 << 20) / Stopwatch.GetElapsedTime(started).TotalSeconds,
            "MB/s", "a file, synced every ten", raw);
    }

    private static double MeasureFile(List<ReadOnlyMemory<byte>> contents)
    {
        var name = Path.GetTempFileName();
        using var file = new FileStream(name, FileMode.Truncate, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < contents.Count; i++)
        {
            file.Write(contents[i].Span);
            if (i % 10 == 9) file.Flush(flushToDisk: true);
        }
        return (double)contents.Sum(content => content.Length) / (1 << 20) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task UntilAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        while (!isSo()) await Task.Delay(2, cancellationToken);
    }
}
