using System.Diagnostics;
using Weir.Archive;

namespace Weir.Benchmarks;

/// <summary>Messages through stream, ring and Parquet in one process, without a network.</summary>
internal static class ExchangeIngest
{
    private const long Mebibyte = 1 << 20;

    public static async Task<IEnumerable<Figure>> RunAsync(
        Exchange exchange, ExchangeLoad load, double rawPerSecond, int producers, CancellationToken cancellationToken)
    {
        GC.Collect();
        var before = Environment.WorkingSet;
        using var watching = new CancellationTokenSource();
        var peak = Task.Run(() => PeakAsync(watching.Token), CancellationToken.None);

        var (paused, full) = (GC.GetTotalPauseDuration(), GC.CollectionCount(2));
        var processor = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => Task.Run(async () =>
        {
            var batch = new InboundMessage[load.Batch];
            while (load.TryNext(batch, out var count)) await exchange.AcceptAsync(batch.AsSpan(0, count), cancellationToken);
        })));
        var accepted = Stopwatch.GetElapsedTime(start);
        await exchange.FlushAsync(cancellationToken);
        var archived = Stopwatch.GetElapsedTime(start);
        processor = Environment.CpuUsage.TotalTime - processor;
        (paused, full) = (GC.GetTotalPauseDuration() - paused, GC.CollectionCount(2) - full);
        await watching.CancelAsync();

        var statistics = exchange.Statistics;
        if (statistics.ArchivedMessages != load.Messages || statistics.Gaps.Count > 0)
            throw new InvalidOperationException($"{load.Messages:N0} messages went in, but {statistics.ArchivedMessages:N0} are archived.");
        var perMessage = (double)statistics.ArchivedBytes / load.Messages;
        return
        [
            new Figure("accepted, durable in the stream", load.Messages / accepted.TotalSeconds, "messages/s", "raw file append", rawPerSecond),
            new Figure("accepted and archived as Parquet", load.Messages / archived.TotalSeconds, "messages/s", "the goal", 1_000_000, Goal: 1),
            new Figure("processor time, accepted and archived", processor.TotalMicroseconds / load.Messages, "us/message"),
            new Figure("memory added at the peak", (await peak - before) / (double)Mebibyte, "MiB", "ring's budget + 200 MB",
                exchange.Options.Ring.MaxBytes / (double)Mebibyte + 200e6 / Mebibyte, Goal: 1, LessIsBetter: true),
            new Figure("pauses of the collector, of the time", 100 * (paused / archived), "%"),
            new Figure("full collections", full, "in all"),
            new Figure("on disk, beside raw", perMessage, "B/message", "raw", (double)load.Bytes / load.Messages, Goal: 0.1, LessIsBetter: true),
            new Figure("on disk, beside gzip of the raw", perMessage, "B/message", "gzip", load.GzipBytesPerMessage()),
        ];
    }

    private static async Task<long> PeakAsync(CancellationToken cancellationToken)
    {
        var peak = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            peak = Math.Max(peak, Environment.WorkingSet);
            await Task.Delay(50, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return peak;
    }
}
