using System.Text;

namespace Weir.Pravega.Tests.Simulator;

/// <summary>Faults of segment stores that a real one cannot be made to have when a test wants it.</summary>
public sealed class StoreFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly ScopedStream Stream = new("scope", "events");
    private SimulatedPravega pravega = null!;
    private PravegaClient client = null!;

    public async ValueTask InitializeAsync()
    {
        pravega = await SimulatedPravega.StartAsync();
        client = new PravegaClient(pravega.Controller);
        await client.Controller.CreateStreamAsync(Stream);
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await pravega.DisposeAsync();
    }

    [Fact]
    public async Task A_segment_that_moves_to_another_store_is_found_there_by_writers_and_readers()
    {
        await using var writer = await client.OpenWriterAsync(Stream);
        await writer.WriteAsync("a", "1"u8);
        pravega.MoveSegments();
        await writer.WriteAsync("a", "2"u8).AsTask().WaitAsync(Patience);
        pravega.MoveSegments();
        Assert.Equal(["1", "2"], await TextsAsync(2));
    }

    [Fact]
    public async Task A_token_that_runs_out_is_replaced_and_work_goes_on()
    {
        await using var writer = await client.OpenWriterAsync(Stream);
        await writer.WriteAsync("a", "1"u8);
        Assert.Equal(["1"], await TextsAsync(1));
        var before = pravega.Tokens;
        pravega.LetTokensRunOut();
        // The store answers a read under the read's offset, not under its number.
        Assert.Equal(["1"], await TextsAsync(1));
        Assert.True(pravega.Tokens > before);
        await using var other = await client.OpenWriterAsync(Stream);
        await other.WriteAsync("a", "2"u8).AsTask().WaitAsync(Patience);
        Assert.Equal(["1", "2"], await TextsAsync(2));
    }

    [Fact]
    public async Task A_store_that_stores_but_does_not_answer_is_asked_anew_and_nothing_is_doubled()
    {
        await using var writer = await client.OpenWriterAsync(Stream, new EventWriterOptions { AckTimeout = TimeSpan.FromSeconds(1) });
        pravega.KeepsAcknowledgementsBack = true;
        var first = writer.WriteAsync("a", "1"u8).AsTask();
        await first.WaitAsync(Patience);
        pravega.KeepsAcknowledgementsBack = false;
        await writer.WriteAsync("a", "2"u8).AsTask().WaitAsync(Patience);
        Assert.Equal(["1", "2"], await TextsAsync(2));
        Assert.Equal(2 * 9, (await client.GetSegmentInfoAsync(StreamSegment.Of(Stream, 0, 0)))!.Value.Length);
    }

    [Fact]
    public async Task A_seal_amid_many_blocks_in_flight_loses_and_doubles_nothing()
    {
        pravega.AppendDelay = TimeSpan.FromMilliseconds(5);
        await using var writer = await client.OpenWriterAsync(Stream, new EventWriterOptions { BlockBytes = 1 << 10 });
        for (var i = 0; i < 300; i++) await writer.EnqueueAsync("a", Encoding.UTF8.GetBytes($"{i}".PadRight(100)));
        await client.Controller.ScaleAsync(Stream, [0], [(0, 0.5), (0.5, 1)]);
        await writer.FlushAsync().WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), (await TextsAsync(300)).Select(t => t.Trim()));
    }

    [Fact]
    public async Task A_store_that_is_gone_for_longer_than_allowed_is_told_with_the_segments_name()
    {
        await using var impatient = new PravegaClient(new PravegaClientOptions
        {
            Controller = pravega.Controller,
            MapSegmentStore = _ => new System.Net.DnsEndPoint("127.0.0.1", 1),
            RetryFor = TimeSpan.FromMilliseconds(200),
        });
        var told = await Assert.ThrowsAsync<PravegaUnavailableException>(() => impatient.GetSegmentInfoAsync(StreamSegment.Of(Stream, 0, 0)));
        Assert.Equal(("scope", "events", "scope/events/0.#epoch.0"), (told.Scope, told.Stream, told.Segment));
        await using var writer = await impatient.OpenWriterAsync(Stream, new EventWriterOptions { RetryFor = TimeSpan.FromMilliseconds(200) });
        await Assert.ThrowsAsync<PravegaUnavailableException>(async () => await writer.WriteAsync("a", "1"u8));
        await Assert.ThrowsAsync<PravegaUnavailableException>(() => writer.FlushAsync());
    }

    private async Task<List<string>> TextsAsync(int count)
    {
        var texts = new List<string>();
        await using var reader = await client.OpenReaderAsync(Stream);
        while (texts.Count < count)
        {
            using var events = await reader.ReadAsync().AsTask().WaitAsync(Patience);
            foreach (var one in events!) texts.Add(Encoding.UTF8.GetString(one.Payload.Span));
        }
        return texts;
    }
}
