using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Weir.Benchmarks;

/// <summary>
/// The load of <see cref="OrleansBenchmark"/>, on the grain runtime that this program is built against and on the
/// processors that it may use. Callers and grains are in one process, as they are in a silo.
/// </summary>
public sealed class OrleansLoad : IBenchmark
{
    internal const string Provider = "bench";
    private const int CallsPerRound = 20_000;
    private const int Callers = 64;
    private const int WarmUps = 40;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(20);

    // The queues of Orleans' memory streams refuse more than 16,384 messages.
    private const int Window = 10_000;

    /// <inheritdoc/>
    public string Name => "orleans-load";

    /// <inheritdoc/>
    public string Description => "What `orleans` runs on one core for each runtime: milliseconds=1500 activations=100000 events=200000.";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        using var host = BuildHost();
        await host.StartAsync(cancellationToken);
        var client = host.Services.GetRequiredService<IClusterClient>();
        var time = TimeSpan.FromMilliseconds(arguments.Number("milliseconds", 1500));
        var figures = new List<Figure>();
        var echo = client.GetGrain<IEchoGrain>(0);

        (string What, Func<Task> Round)[] calls =
        [
            ("host to grains, 64 callers", () => SideBySideAsync(client)),
            ("host to grain, Task<T>", () => CallAsync(echo)),
            ("host to grain, ValueTask<T>", () => CallValueAsync(echo)),
            ("grain to grain, Task<T>", () => echo.CallEcho(1, CallsPerRound)),
            ("grain to grain, ValueTask<T>", () => echo.CallEchoValue(1, CallsPerRound)),
        ];
        await WarmUpAsync(calls, cancellationToken);
        foreach (var (what, round) in calls) await CallsAsync(what, time, figures, round);
        await ActivationsAsync(client, arguments.Number("activations", 100_000), figures);
        var events = arguments.Number("events", 200_000);
        await EventsAsync(client, "batches of 100", events, 100, figures, cancellationToken);
        await EventsAsync(client, "one at a time", events / 10, 1, figures, cancellationToken);
        await host.StopAsync(cancellationToken);
        return figures;
    }

    private static IHost BuildHost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering()
            .AddMemoryGrainStorage("PubSubStore")
            .AddMemoryStreams(Provider));
        return builder.Build();
    }

    /// <summary>
    /// Lets the compiler see what is hot and do its work, for which it waits for a pause: on one core that takes a while.
    /// </summary>
    private static async Task WarmUpAsync((string What, Func<Task> Round)[] calls, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < WarmUps && clock.Elapsed < WarmUpTime; i++)
        {
            foreach (var (_, round) in calls) await round();
            await Task.Delay(150, cancellationToken);
        }
    }

    private static async Task CallAsync(IEchoGrain grain)
    {
        for (var i = 0; i < CallsPerRound; i++) await grain.Echo(1);
    }

    private static async Task CallValueAsync(IEchoGrain grain)
    {
        for (var i = 0; i < CallsPerRound; i++) await grain.EchoValue(1);
    }

    private static Task SideBySideAsync(IClusterClient client) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(async key =>
        {
            var grain = client.GetGrain<IEchoGrain>(key);
            for (var i = 0; i < CallsPerRound / Callers; i++) await grain.Echo(1);
        }));

    /// <summary>Rounds of calls until the time is over.</summary>
    private static async Task CallsAsync(string what, TimeSpan time, List<Figure> figures, Func<Task> round)
    {
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var processor = Environment.CpuUsage.TotalTime;
        var calls = 0L;
        var clock = Stopwatch.StartNew();
        for (; clock.Elapsed < time; calls += CallsPerRound) await round();
        var elapsed = clock.Elapsed;
        var used = Environment.CpuUsage.TotalTime - processor;
        figures.Add(new Figure($"{what}: calls", calls / used.TotalSeconds, "calls/CPU s"));
        figures.Add(new Figure($"{what}: on the clock", calls / elapsed.TotalSeconds, "calls/s"));
        figures.Add(new Figure($"{what}: time", used.TotalNanoseconds / calls, "CPU ns/call"));
        figures.Add(new Figure(
            $"{what}: memory", (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)calls, "bytes/call"));
    }

    private static async Task ActivationsAsync(IClusterClient client, int count, List<Figure> figures)
    {
        const int first = 1_000_000;
        await ActivateAsync(client, first - 2_000, 2_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var processor = Environment.CpuUsage.TotalTime;
        await ActivateAsync(client, first, count);
        var used = Environment.CpuUsage.TotalTime - processor;
        figures.Add(new Figure("first calls of new grains", count / used.TotalSeconds, "activations/CPU s"));
        figures.Add(new Figure(
            "memory of an idle activation", (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count, "bytes"));
    }

    private static Task ActivateAsync(IClusterClient client, int first, int count) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var key = caller; key < count; key += Callers) await client.GetGrain<IEchoGrain>(first + key).Echo(1);
        }));

    /// <summary>Events from a grain through the memory stream to another, until the last one is there.</summary>
    private static async Task EventsAsync(
        IClusterClient client, string what, int count, int batch, List<Figure> figures, CancellationToken cancellationToken)
    {
        var stream = Guid.NewGuid();
        var source = client.GetGrain<IStreamSourceGrain>(batch);
        await DeliverAsync(batch * 100);
        var processor = Environment.CpuUsage.TotalTime;
        await DeliverAsync(count);
        var used = Environment.CpuUsage.TotalTime - processor;
        figures.Add(new Figure($"memory stream, {what}", count / used.TotalSeconds, "events/CPU s"));

        async Task DeliverAsync(int events)
        {
            for (var left = events; left > 0; left -= Window * batch)
            {
                var published = Math.Min(left, Window * batch);
                var end = StreamSinkGrain.Received + published;
                await source.Publish(stream, published, batch);
                while (StreamSinkGrain.Received < end) await Task.Delay(1, cancellationToken);
            }
        }
    }
}
