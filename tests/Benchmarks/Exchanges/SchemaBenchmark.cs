using System.Diagnostics;
using Weir.Archive;
using Weir.Archive.Duck;
using Weir.Streams.SegmentLog;

namespace Weir.Benchmarks;

/// <summary>
/// The same telemetry archived with and without typed columns, beside its raw bytes and gzip of them. Options:
/// <c>messages</c>, <c>batch</c>.
/// </summary>
internal sealed class SchemaBenchmark : IBenchmark
{
    private const long MicrosPerMessage = 1_000;

    public string Name => "schema";

    public string Description => "bytes a message on disk with and without typed columns beside raw and gzip; what decoding costs";

    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"weir-schema-benchmark-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            var messages = arguments.Number("messages", 1_000_000);
            var batch = arguments.Number("batch", 256);
            var load = new ExchangeLoad(messages, batch, MicrosPerMessage);
            var raw = (double)load.Bytes / messages;
            var (plain, plainRate, _) = await ArchiveAsync(Path.Combine(folder, "plain"), messages, batch, null, cancellationToken);
            var (typed, typedRate, rebuilt) = await ArchiveAsync(Path.Combine(folder, "typed"), messages, batch, new PayloadSchema(), cancellationToken);
            return
            [
                new Figure("raw bytes to bytes with a schema", raw / typed, "times", "a tenth kept", 10, Goal: 1),
                new Figure("bytes a message with a schema", typed, "B/message", "gzip of the raw bytes", load.GzipBytesPerMessage()),
                new Figure("bytes a message without", plain, "B/message", "raw bytes", raw),
                new Figure("payloads that the columns make again", rebuilt, "messages", "all", messages),
                new Figure("accepted and archived with a schema", typedRate, "messages/s", "without", plainRate),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double BytesPerMessage, double PerSecond, long Rebuilt)> ArchiveAsync(
        string folder, int messages, int batchSize, PayloadSchema? schema, CancellationToken cancellationToken)
    {
        await using var store = new SegmentLogStore(new SegmentLogOptions { Directory = Path.Combine(folder, "streams") });
        using var duck = DuckDatabase.Open(folder);
        var services = new ExchangeServices { Store = store, Duck = duck, Folder = Path.Combine(folder, "archive") };
        await using var exchange = await Exchange.OpenAsync(new ExchangeOptions { Name = "benchmark", Schema = schema }, services, cancellationToken);
        var load = new ExchangeLoad(messages, batchSize, MicrosPerMessage);
        var batch = new InboundMessage[batchSize];
        var start = Stopwatch.GetTimestamp();
        while (load.TryNext(batch, out var count)) await exchange.AcceptAsync(batch.AsSpan(0, count), cancellationToken);
        await exchange.FlushAsync(cancellationToken);
        var rate = messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return ((double)exchange.Statistics.ArchivedBytes / messages, rate, exchange.Statistics.Schema?.Rebuilt ?? 0);
    }
}
