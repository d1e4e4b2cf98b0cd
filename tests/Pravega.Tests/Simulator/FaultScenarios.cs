using System.Buffers.Binary;

namespace Weir.Pravega.Tests.Simulator;

/// <summary>What must hold whatever the network does, on the simulator and on the real server alike.</summary>
public abstract class FaultScenarios : IAsyncLifetime
{
    private const int Keys = 9;
    private static readonly int Cuts = Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 1000 : 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(Cuts > 100 ? 15 : 2);

    private readonly FaultProxy proxy = new();
    private PravegaClient client = null!;

    /// <summary>The controller to work on.</summary>
    protected abstract Task<string> ControllerAsync();

    public async ValueTask InitializeAsync() => client = new PravegaClient(new PravegaClientOptions
    {
        Controller = await ControllerAsync(),
        MapSegmentStore = proxy.Map,
        KeepAlive = TimeSpan.FromMilliseconds(500),
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    public async ValueTask DisposeAsync()
    {
        if (client is not null) await client.DisposeAsync();
        await proxy.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_over_connections_that_are_cut_at_any_byte()
    {
        var stream = await StreamAsync(2);
        var random = new Random(1);
        proxy.CutAfter = () => proxy.Cuts < Cuts ? random.Next(0, 20_000) : null;
        await using var writer = await client.OpenWriterAsync(stream, new EventWriterOptions { BlockBytes = 4 << 10 });
        var count = 0;
        while (proxy.Cuts < Cuts || count < 1000)
        {
            await writer.EnqueueAsync($"{count % Keys}", Event(count++));
            if (count % 100 == 0) await writer.FlushAsync().WaitAsync(Patience);
        }
        await writer.FlushAsync().WaitAsync(Patience);

        await AssertReadAsync(stream, count);
    }

    [Fact]
    public async Task A_reader_goes_on_over_connections_that_are_cut()
    {
        var stream = await StreamAsync(1);
        const int Count = 20_000;
        await using (var writer = await client.OpenWriterAsync(stream))
        {
            for (var i = 0; i < Count; i++) await writer.EnqueueAsync($"{i % Keys}", Event(i));
            await writer.FlushAsync().WaitAsync(Patience);
        }
        var random = new Random(2);
        var cuts = proxy.Cuts;
        proxy.CutAfter = () => proxy.Cuts < cuts + 5 ? random.Next(0, 200_000) : null;
        await AssertReadAsync(stream, Count);
    }

    [Fact]
    public async Task A_connection_that_stands_open_with_nothing_going_through_is_found_and_replaced()
    {
        var stream = await StreamAsync(1);
        await using var writer = await client.OpenWriterAsync(stream);
        await using var reader = await client.OpenReaderAsync(stream);
        for (var i = 0; i < 100; i++) await writer.EnqueueAsync($"{i % Keys}", Event(i));
        await writer.FlushAsync().WaitAsync(Patience);
        proxy.HalfOpen();
        for (var i = 100; i < 200; i++) await writer.EnqueueAsync($"{i % Keys}", Event(i));
        var flush = writer.FlushAsync();
        proxy.Heal();
        await flush.WaitAsync(Patience);
        await AssertReadAsync(stream, 200, reader);
    }

    [Fact]
    public async Task Order_is_kept_over_scaling_amid_connections_that_are_cut()
    {
        var stream = await StreamAsync(1);
        var random = new Random(3);
        proxy.CutAfter = () => proxy.Cuts < 15 ? random.Next(1000, 20_000) : null;
        await using var writer = await client.OpenWriterAsync(stream, new EventWriterOptions { BlockBytes = 2 << 10 });
        var count = 0;
        foreach (var segments in (int[])[3, 1, 2])
        {
            var current = await client.Controller.GetCurrentSegmentsAsync(stream);
            var scaling = client.Controller.ScaleAsync(
                stream, current.Select(r => r.Segment.Id),
                Enumerable.Range(0, segments).Select(i => ((double)i / segments, i == segments - 1 ? 1 : (double)(i + 1) / segments)));
            for (var i = 0; i < 500 || !scaling.IsCompleted; i++) await writer.EnqueueAsync($"{count % Keys}", Event(count++));
            await scaling.WaitAsync(Patience);
        }
        await writer.FlushAsync().WaitAsync(Patience);
        await AssertReadAsync(stream, count);
    }

    private async Task<ScopedStream> StreamAsync(int segments)
    {
        var stream = new ScopedStream($"f{Guid.NewGuid():N}", "events");
        await client.Controller.CreateScopeAsync(stream.Scope);
        await client.Controller.CreateStreamAsync(stream, new StreamConfiguration { Scaling = new ScalingPolicy.Fixed(segments) });
        return stream;
    }

    private static byte[] Event(int number)
    {
        var payload = new byte[40];
        BinaryPrimitives.WriteInt32BigEndian(payload, number);
        return payload;
    }

    private async Task AssertReadAsync(ScopedStream stream, int count, EventReader? opened = null)
    {
        await using var reader = opened ?? await client.OpenReaderAsync(stream);
        using var limit = new CancellationTokenSource(Patience);
        var seen = new List<int>();
        while (seen.Count < count)
        {
            using var events = await reader.ReadAsync(limit.Token);
            foreach (var one in events!) seen.Add(BinaryPrimitives.ReadInt32BigEndian(one.Payload.Span));
        }
        Assert.Equal(Enumerable.Range(0, count), seen.Order());
        for (var key = 0; key < Keys; key++) Assert.Equal(seen.Where(n => n % Keys == key).Order(), seen.Where(n => n % Keys == key));
    }

    /// <summary>On the simulator.</summary>
    public sealed class OnSimulator : FaultScenarios, IAsyncDisposable
    {
        private SimulatedPravega? pravega;

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            await DisposeAsync();
            if (pravega is not null) await pravega.DisposeAsync();
        }

        protected override async Task<string> ControllerAsync() => (pravega = await SimulatedPravega.StartAsync()).Controller;
    }

    /// <summary>On the real server.</summary>
    public sealed class OnRealServer(SharedServer shared) : FaultScenarios
    {
        protected override async Task<string> ControllerAsync()
        {
            Assert.SkipWhen(PravegaServer.Missing is not null, PravegaServer.Missing ?? "");
            return (await shared.TakeAsync()).Controller;
        }
    }
}
