using Weir.Archive;
using Weir.Archive.Duck;
using Weir.Streams.SegmentLog;

namespace Weir.Benchmarks;

/// <summary>
/// An exchange from end to end: publish, stream, ring, Parquet, query; without the network and with it, beside
/// mosquitto that writes into a file and Kafka. Options: <c>messages</c> (2,000,000; <c>full=1</c> makes it 100,000,000),
/// <c>batch</c>, <c>producers</c>, <c>queries</c>, <c>row-group</c>, <c>milliseconds</c> of each network run, <c>network=0</c>
/// leaves that part out.
/// </summary>
internal sealed class ExchangeBenchmark : IBenchmark
{
    // A message each millisecond: a minute has 60,000 of them.
    private const long MicrosPerMessage = 1_000;

    public string Name => "exchange";

    public string Description => "publish -> stream -> ring -> Parquet -> query, beside mosquitto + mosquitto_sub and Kafka";

    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        List<Figure> figures = [];
        if (arguments.Number("local", 1) == 1) figures.AddRange(await WithoutNetworkAsync(arguments, cancellationToken));
        if (arguments.Number("network", 1) == 1) figures.AddRange(await new ExchangeNetwork(arguments).RunAsync(cancellationToken));
        return figures;
    }

    private static async Task<IReadOnlyList<Figure>> WithoutNetworkAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("weir-exchange-benchmark-").FullName;
        try
        {
            var messages = arguments.Number("messages", arguments.Number("full", 0) == 1 ? 100_000_000 : 2_000_000);
            var load = new ExchangeLoad(messages, arguments.Number("batch", 256), MicrosPerMessage);
            var raw = load.AppendToFile(Path.Combine(folder, "raw"));
            File.Delete(Path.Combine(folder, "raw"));

            await using var store = new SegmentLogStore(new SegmentLogOptions { Directory = Path.Combine(folder, "streams") });
            using var duck = DuckDatabase.Open(folder);
            var services = new ExchangeServices { Store = store, Duck = duck, Folder = Path.Combine(folder, "archive") };
            var options = new ExchangeOptions
            {
                Name = "benchmark",
                Ring = new RingOptions { Capacity = arguments.Number("ring", 1_000_000), MaxBytes = 256L << 20 },
                Parquet = new ParquetOptions { RowGroupRows = arguments.Number("row-group", new ParquetOptions().RowGroupRows) },
            };
            var queries = new ExchangeRangeQueries(load, MicrosPerMessage, arguments.Number("queries", 300));
            List<Figure> figures = [];
            await using (var exchange = await Exchange.OpenAsync(options, services, cancellationToken))
            {
                figures.AddRange(await ExchangeIngest.RunAsync(exchange, load, raw, arguments.Number("producers", 2), cancellationToken));
                figures.AddRange(await queries.InRingAsync(exchange, cancellationToken));
                figures.AddRange(await queries.OverBothAsync(exchange, cancellationToken));
            }
            // Opened anew: nothing is in the ring, so the files alone answer.
            await using var reopened = await Exchange.OpenAsync(options, services, cancellationToken);
            figures.AddRange(await queries.OnDiskAsync(reopened, cancellationToken));
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
