using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Streams;
using Weir.Streams;
using Weir.Streams.Provider;
using Weir.Streams.SegmentLog;

namespace Weir.Benchmarks.Streams;

/// <summary>
/// End to end through the Orleans provider: records of about 100 B as JSON, published in batches of 100 to four streams
/// and delivered to a grain each, which subscribes to batches.
/// </summary>
internal sealed class ProviderRates(int events, int rounds)
{
    private const string Provider = "bench";
    internal const string Namespace = "provider-rates";
    private const int Streams = 4;
    private const int BatchEvents = 100;

    public async Task<IEnumerable<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("weir-bench-provider-").FullName;
        try
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton<Delivered>();
            builder.Services.AddSegmentLog(options => options.Directory = folder);
            builder.UseOrleans(silo => silo.UseLocalhostClustering().AddMemoryGrainStorage("PubSubStore").AddEmbeddedStreams(Provider));
            using var host = builder.Build();
            await host.StartAsync();
            var (through, costs) = (new List<double>(), new List<double>());
            var delivered = host.Services.GetRequiredService<Delivered>();
            await PublishAsync(host, delivered, events / 10);
            for (var round = 0; round < rounds; round++)
            {
                var before = Environment.CpuUsage.TotalTime;
                through.Add(await PublishAsync(host, delivered, events));
                costs.Add((Environment.CpuUsage.TotalTime - before).TotalMicroseconds / events);
            }
            await host.StopAsync();
            return
            [
                new Figure("provider, batches of 100 JSON records, end to end", Measurements.Median(through), "events/s",
                    "200,000 events/s", 200_000, Goal: 1),
                new Figure("provider: processor time of both sides", Measurements.Median(costs), "µs/event"),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> PublishAsync(IHost host, Delivered delivered, int count)
    {
        var provider = host.Services.GetRequiredService<IClusterClient>().GetStreamProvider(Provider);
        var start = Stopwatch.GetTimestamp();
        var all = delivered.ExpectAsync(count);
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(s => Task.Run(async () =>
        {
            var stream = provider.GetStream<BenchReading>(Namespace, $"s{s}");
            for (var i = 0; i < count / Streams / BatchEvents; i++)
                await stream.OnNextBatchAsync(Enumerable.Range(0, BatchEvents).Select(n => BenchReading.Of(s, i * BatchEvents + n)));
        })));
        await all;
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Counts what the grains were given.</summary>
    public sealed class Delivered
    {
        private TaskCompletionSource done = new();
        private long left;

        public Task ExpectAsync(int count)
        {
            done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref left, count);
            return done.Task;
        }

        public void Add(int count)
        {
            if (Interlocked.Add(ref left, -count) <= 0) done.TrySetResult();
        }
    }
}

/// <summary>What the provider carries in the benchmark: about 100 B as JSON.</summary>
[GenerateSerializer]
public sealed record BenchReading(
    [property: Id(0)] string Machine, [property: Id(1)] long Time, [property: Id(2)] double Temperature, [property: Id(3)] double Pressure)
{
    internal static BenchReading Of(int machine, int number) =>
        new($"press{machine:D2}", 1_790_000_000_000_000 + number, 20 + number % 100 * 0.1, 6 + number % 10 * 0.01);
}

/// <summary>Takes batches of a stream and counts them.</summary>
[ImplicitStreamSubscription(ProviderRates.Namespace)]
internal sealed class BenchConsumerGrain(ProviderRates.Delivered delivered)
    : Grain, IGrainWithStringKey, Orleans.Streams.Core.IStreamSubscriptionObserver
{
    public Task OnSubscribed(Orleans.Streams.Core.IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<BenchReading>().ResumeAsync(batch =>
        {
            delivered.Add(batch.Count);
            return Task.CompletedTask;
        });
}
