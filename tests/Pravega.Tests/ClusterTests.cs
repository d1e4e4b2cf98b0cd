using System.Buffers.Binary;

namespace Weir.Pravega.Tests;

/// <summary>
/// The durable cluster of four processes, killed while 16 writers write and readers read: nothing lost, nothing twice, each
/// key in order. By <c>WEIR_TEST_LONG=1</c>: the processes need a machine to themselves, or recovery takes minutes.
/// </summary>
public sealed class ClusterTests
{
    private const int Writers = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private static readonly ScopedStream Stream = new("cluster", "events");

    [Fact]
    public async Task Nothing_is_lost_or_doubled_when_processes_of_the_cluster_are_killed()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1", "The durable cluster is tested in the long run: WEIR_TEST_LONG=1.");
        Assert.SkipUnless(PravegaServer.HasOwn, PravegaServer.Missing ?? $"There is no Pravega in '{PravegaServer.Home}' to make a cluster of.");
        await using var cluster = await PravegaCluster.StartAsync();
        await using var client = new PravegaClient(new PravegaClientOptions { Controller = cluster.Controller, RetryFor = Patience });
        await client.Controller.CreateScopeAsync(Stream.Scope);
        await client.Controller.CreateStreamAsync(Stream, new StreamConfiguration { Scaling = new ScalingPolicy.Fixed(4) });

        using var enough = new CancellationTokenSource();
        var acknowledged = new int[Writers];
        var writing = Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(client, w, acknowledged, enough.Token))).ToArray();
        var read = new List<int>[Writers];
        for (var w = 0; w < Writers; w++) read[w] = [];
        var reading = Task.Run(() => ReadAsync(client, read));

        await ProgressAsync(acknowledged, 2_000);
        foreach (var role in (string[])["segmentstore", "controller"])
        {
            await cluster.KillAsync(role);
            await Task.Delay(1000);
            await cluster.StartAsync(role);
            await ProgressAsync(acknowledged, 2_000);
        }
        await cluster.KillAllAsync();
        await cluster.StartAllAsync();
        await ProgressAsync(acknowledged, 2_000);
        await enough.CancelAsync();
        var written = await Task.WhenAll(writing).WaitAsync(Patience);
        await client.Controller.SealStreamAsync(Stream).WaitAsync(Patience);
        await reading.WaitAsync(Patience);

        for (var w = 0; w < Writers; w++) Assert.Equal(Enumerable.Range(0, written[w]), read[w]);
    }

    // Some in flight at a time, so that kills fall amid unacknowledged events.
    private static async Task<int> WriteAsync(PravegaClient client, int writer, int[] acknowledged, CancellationToken enough)
    {
        await using var events = await client.OpenWriterAsync(Stream, new EventWriterOptions { RetryFor = Patience }, CancellationToken.None);
        var count = 0;
        while (!enough.IsCancellationRequested)
        {
            for (var i = 0; i < 50; i++)
            {
                var payload = new byte[100];
                BinaryPrimitives.WriteInt32BigEndian(payload, writer);
                BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(4), count++);
                await events.EnqueueAsync($"writer {writer}", payload, CancellationToken.None);
            }
            await events.FlushAsync(CancellationToken.None);
            Volatile.Write(ref acknowledged[writer], count);
            await Task.Delay(10, CancellationToken.None);
        }
        return count;
    }

    private static async Task ReadAsync(PravegaClient client, List<int>[] read)
    {
        await using var reader = await client.OpenReaderAsync(Stream);
        while (true)
        {
            try
            {
                if (await reader.ReadAsync() is not { } events) return;
                using (events)
                {
                    foreach (var one in events)
                        read[BinaryPrimitives.ReadInt32BigEndian(one.Payload.Span)].Add(BinaryPrimitives.ReadInt32BigEndian(one.Payload.Span[4..]));
                }
            }
            catch (PravegaUnavailableException)
            {
                // Gone for longer than one read tries; reading again goes on where it was.
            }
        }
    }

    // Each writer gets so many acknowledged from now on.
    private static async Task ProgressAsync(int[] acknowledged, int events)
    {
        var before = acknowledged.Sum();
        using var limit = new CancellationTokenSource(Patience);
        while (acknowledged.Sum() < before + events) await Task.Delay(100, limit.Token);
    }
}
