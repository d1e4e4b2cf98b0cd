using System.Diagnostics;
using System.Globalization;
using Weir.Pravega;
using Weir.Pravega.Tests;

namespace Weir.Benchmarks.Pravega;

/// <summary>
/// The Pravega client against a real Pravega in memory on the same cores, side by side in one run with Pravega's own Java
/// client and with the embedded segment log.
/// </summary>
public sealed class PravegaBenchmark : IBenchmark
{
    private const int EmbeddedRounds = 3, LoneRounds = 3;

    /// <inheritdoc/>
    public string Name => "pravega";

    /// <inheritdoc/>
    public string Description =>
        "The Pravega client against the Java client and the embedded log: megabytes=200 size=0 (all; or 100, 1024, 102400) segments=0 (all; or 1, 4, 16) lone=1000 minutes=8 (begins no row that would end later).";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        if (!PravegaServer.HasOwn)
        {
            Console.WriteLine($"Not measured: {PravegaServer.Missing ?? "the Java client is not there."}");
            return [];
        }
        var figures = new List<Figure>();
        var limit = TimeSpan.FromMinutes(arguments.Number("minutes", 8));
        var (started, longest) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        foreach (var size in Chosen(arguments.Number("size", 0), 100, 1024, 102_400))
        {
            foreach (var segments in Chosen(arguments.Number("segments", 0), 1, 4, 16))
            {
                var begun = Stopwatch.GetElapsedTime(started);
                if (begun + longest > limit)
                {
                    Console.WriteLine($"Not measured, since {limit.TotalMinutes} minutes are over: {size} B, {segments} segments.");
                    continue;
                }
                // A server of its own for each, since what one has stored slows the next.
                await using var server = await PravegaServer.StartAsync(heap: "6g", cacheMegabytes: 1024);
                var count = (int)((long)arguments.Number("megabytes", 200) * 1_000_000 / size);
                try
                {
                    figures.AddRange(await MeasureAsync(server, size, segments, count, arguments.Number("lone", 1000), cancellationToken));
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Measured at {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s: {size} B, {segments} segments."));
                }
                catch (PravegaException e)
                {
                    // The other rows have servers of their own.
                    Console.WriteLine($"Not measured: {size} B, {segments} segments. {e.Message}");
                }
                if (Stopwatch.GetElapsedTime(started) - begun > longest) longest = Stopwatch.GetElapsedTime(started) - begun;
            }
            figures.Add(await EmbeddedAsync(size));
        }
        return figures;
    }

    private static int[] Chosen(int asked, params int[] all) => asked == 0 ? all : [asked];

    private static async Task<IEnumerable<Figure>> MeasureAsync(
        PravegaServer server, int size, int segments, int count, int lone, CancellationToken cancellationToken)
    {
        await using var client = new PravegaClient(server.Controller);
        await client.Controller.CreateScopeAsync("bench", cancellationToken);
        var ours = new ClientRun(client, new ScopedStream("bench", "net"), size);
        var java = new JavaRun(server, "java", size);
        foreach (var stream in (string[])["net", "java"])
        {
            await client.Controller.CreateStreamAsync(
                new ScopedStream("bench", stream), new StreamConfiguration { Scaling = new ScalingPolicy.Fixed(segments) }, cancellationToken);
        }
        // A server that has just been started compiles itself for some seconds.
        await java.WriteAsync(count, lone: 1);
        var written = await ours.WriteAsync(count / 4, count);
        var javaWritten = await java.WriteAsync(count, lone: 1);
        // In turns, on a server that is warm: what it compiles in its first seconds takes a core from whoever comes first.
        var (latencies, javaLatencies) = (new List<(double P50, double P99)>(), new List<(double P50, double P99)>());
        for (var i = 0; i < LoneRounds; i++)
        {
            latencies.Add(await ours.LoneAsync(lone));
            var (_, p50, p99) = await java.WriteAsync(count / 10, lone);
            javaLatencies.Add((p50, p99));
        }
        var (latency, javaLatency) = (Measurements.Median(latencies), Measurements.Median(javaLatencies));
        var read = await ours.ReadAsync();
        var javaRead = await java.ReadAsync();

        var what = string.Create(CultureInfo.InvariantCulture, $"{size:N0} B, {segments} segments");
        const string Java = "Java client";
        var isGoal = size == 100;
        return
        [
            new Figure($"written, {what}", written.PerSecond, "events/s", Java, javaWritten.PerSecond, isGoal ? 7 : null),
            new Figure($"written, {what}", written.PerSecond * size / 1048576, "MiB/s", Java, javaWritten.PerSecond * size / 1048576),
            new Figure($"read, {what}", read.PerSecond, "events/s", Java, javaRead, isGoal ? 2 : null),
            new Figure($"read, {what}", read.PerSecond * size / 1048576, "MiB/s", Java, javaRead * size / 1048576),
            new Figure($"lone appends in 1 s of p50, {what}", 1e6 / latency.P50, "1/s", Java, 1e6 / javaLatency.P50, 1),
            new Figure($"lone append p50, {what}", latency.P50, "us", Java, javaLatency.P50),
            new Figure($"lone append p99, {what}", latency.P99, "us", Java, javaLatency.P99),
            new Figure($"client's processor time, writing, {what}", written.ProcessorNanoseconds, "ns/event"),
            new Figure($"client's processor time, reading, {what}", read.ProcessorNanoseconds, "ns/event"),
            new Figure($"allocated writing, {what}", written.AllocatedPerEvent, "B/event"),
            new Figure($"allocated reading, {what}", read.AllocatedPerEvent, "B/event"),
        ];
    }

    private static async Task<Figure> EmbeddedAsync(int size)
    {
        var rates = new List<double>();
        for (var i = 0; i < EmbeddedRounds; i++) rates.Add(await EmbeddedRun.WriteAsync(size));
        return new Figure(string.Create(CultureInfo.InvariantCulture, $"embedded log written, {size:N0} B"), Measurements.Median(rates), "events/s");
    }
}
