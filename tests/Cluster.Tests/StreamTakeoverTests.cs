using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Streams;
using Weir.EndToEnd.Tests;
using Weir.Grains.Interfaces.Cameras;
using Weir.Streams.Pravega;
using Weir.Streams.Provider;

namespace Weir.Cluster.Tests;

/// <summary>Detections on their way through the streams while a silo dies.</summary>
[Collection(nameof(OneCluster))]
public sealed class StreamTakeoverTests(ClusterSite site)
{
    private const int Cameras = 8;
    private const int Frames = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Queues_of_a_silo_that_was_killed_are_taken_over_and_every_detection_is_stored_once()
    {
        await using var services = new ServiceCollection()
            .AddLogging().AddPravegaStreamStore(options => options.Controller = site.Controller).BuildServiceProvider();
        // Writes what camera grains write, from outside the cluster: so every event is there, whichever silo lives.
        var streams = await QueueAdapterFactory.Create(services, DetectionStreams.Provider).CreateAdapter();
        var victim = site.First;

        await PublishAsync(streams, 0, Frames / 3);
        await StoredAsync(1);
        await PublishAsync(streams, Frames / 3, Frames / 3);
        await victim.Process.KillAsync();
        try
        {
            await PublishAsync(streams, 2 * Frames / 3, Frames - 2 * Frames / 3);
            await StoredAsync(Frames);
        }
        finally
        {
            await site.StartAgainAsync(victim);
        }
    }

    private static async Task PublishAsync(IQueueAdapter streams, int from, int count)
    {
        for (var frame = from; frame < from + count; frame++)
        {
            for (var camera = 0; camera < Cameras; camera++)
            {
                var found = new FrameDetections
                {
                    Camera = $"takeover-{camera}", FrameNumber = frame, FrameTime = 1_732_310_000_000_000 + frame * 100_000L,
                    Model = "centernet", ModelVersion = "1", Detections = [new("person", 0.9f, new(0.1f, 0.2f, 0.3f, 0.4f))],
                };
                await streams.QueueMessageBatchAsync(
                    StreamId.Create(DetectionStreams.Namespace, found.Camera), [found], null, null!);
            }
        }
    }

    // Asked of the database through the survivor; rows have the frame for their key, so a repeat would not show as two.
    private async Task StoredAsync(int frames)
    {
        var counts = new int[Cameras];
        await Eventually.TrueAsync(
            async () =>
            {
                for (var camera = 0; camera < Cameras; camera++)
                {
                    var page = await site.AskAsync(site.Second.Process, $"api/cameras/takeover-{camera}/detections?limit=1000");
                    counts[camera] = page.GetProperty("detections").GetArrayLength();
                }
                return counts.All(count => count >= frames);
            },
            Patience, () => $"Of {frames} frames of each camera these were stored: {string.Join(", ", counts)}.\n{site.Output}");
        Assert.All(counts, count => Assert.InRange(count, frames, Frames));
    }
}
