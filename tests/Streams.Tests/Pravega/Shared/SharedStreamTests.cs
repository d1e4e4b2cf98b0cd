using Weir.Pravega;
using Weir.Streams.Pravega;
using Weir.Streams.Pravega.Shared;

namespace Weir.Streams.Tests.Pravega.Shared;

/// <summary>The queues of a provider in one stream that is scaled.</summary>
public sealed class SharedStreamTests(SharedPravega shared) : IAsyncLifetime
{
    private const int Queues = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly string prefix = $"q{Guid.NewGuid():N}-";
    private readonly KeyRanges ranges = new(Queues);
    private PravegaStreamStore beneath = null!;
    private SharedStreamStore store = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ScopedStream InPravega => new($"{prefix}orleans", "events");

    private PravegaController Controller => beneath.Client.Controller;

    public async ValueTask InitializeAsync()
    {
        beneath = new PravegaStreamStore(new PravegaStoreOptions { Controller = await shared.ControllerAsync(), ScopePrefix = prefix });
        store = Open(Queues);
        for (var q = 0; q < Queues; q++) Assert.True(await store.CreateAsync(Name(q), new StreamOptions { SegmentBytes = 64 << 10 }, Stop));
    }

    public async ValueTask DisposeAsync()
    {
        if (store is not null) await store.DisposeAsync();
        if (beneath is not null) await beneath.DisposeAsync();
    }

    [Fact]
    public async Task Each_key_comes_once_and_in_order_to_its_queue_while_the_stream_is_scaled_and_owners_change()
    {
        const int Keys = 30;
        var scaling = ScaleAsync();
        var reading = Enumerable.Range(0, Queues)
            .Select(q => Task.Run(() => ReadAsOwnersAsync(q, Enumerable.Range(0, Keys).Count(i => ranges.QueueOf($"key {i}") == q)), Stop)).ToArray();
        var counts = new int[Keys];
        do
        {
            for (var i = 0; i < Keys; i++) await AppendAsync($"key {i}", $"{i} {counts[i]++}");
            await Task.Delay(10, Stop);
        }
        while (!scaling.IsCompleted);
        await scaling;
        for (var i = 0; i < Keys; i++) await AppendAsync($"key {i}", $"{i} end");
        var read = await Task.WhenAll(reading).WaitAsync(Patience, Stop);
        Assert.Equal(counts.Sum() + Keys, read.Sum(events => events.Count));
        for (var q = 0; q < Queues; q++)
        {
            foreach (var key in read[q].GroupBy(e => int.Parse(e.Text.Split(' ')[0])))
            {
                Assert.Equal(q, ranges.QueueOf($"key {key.Key}"));
                Assert.Equal(Enumerable.Range(0, counts[key.Key]).Select(n => $"{key.Key} {n}").Append($"{key.Key} end"), key.Select(e => e.Text));
            }
            Assert.Equal(read[q].OrderBy(e => e.Position), read[q]);
            // Whoever reads it again, from wherever, has the same order and the same positions.
            var (again, gaps) = await store.ReadAllAsync(Name(q));
            Assert.Empty(gaps);
            Assert.Equal(read[q], again.Select(e => (e.Position, e.Text())));
            var (half, _) = await store.ReadAllAsync(Name(q), read[q][read[q].Count / 2].Position);
            Assert.Equal(read[q].Skip(read[q].Count / 2), half.Select(e => (e.Position, e.Text())));
        }
    }

    [Fact]
    public async Task Two_readers_at_the_tail_settle_on_one_order()
    {
        await SplitAsync(0, 4);
        await using var other = Open(Queues);
        var keys = Enumerable.Range(0, 100).Select(i => $"k{i}").Where(key => ranges.QueueOf(key) == 0).ToArray();
        await using var one = await store.OpenReaderAsync(Name(0), StreamPosition.Latest, Stop);
        await using var two = await other.OpenReaderAsync(Name(0), StreamPosition.Latest, Stop);
        var reading = Task.WhenAll(((IStreamReader[])[one, two]).Select(reader => Task.Run(() => ReadAsync(reader, keys.Length * 20), Stop)));
        await Task.WhenAll(keys.Select(async key =>
        {
            for (var i = 0; i < 20; i++) await AppendAsync(key, $"{key} {i}");
        }));
        var read = await reading.WaitAsync(Patience, Stop);
        Assert.Equal(read[0], read[1]);
    }

    [Fact]
    public async Task A_former_owner_is_fenced()
    {
        await using var other = Open(Queues);
        await store.WriteCheckpointAsync(Name(1), new ReaderCheckpoint("events", new StreamPosition(0, 5), Owner: 1), Stop);
        await other.WriteCheckpointAsync(Name(1), new ReaderCheckpoint("events", new StreamPosition(0, 7), Owner: 2), Stop);
        await Assert.ThrowsAsync<StreamFencedException>(() =>
            store.WriteCheckpointAsync(Name(1), new ReaderCheckpoint("events", new StreamPosition(0, 6), Owner: 1), Stop));
        Assert.Equal(new StreamPosition(0, 7), (await store.ReadCheckpointAsync(Name(1), "events", Stop))!.Position);
        Assert.Null(await store.ReadCheckpointAsync(Name(2), "events", Stop));
    }

    [Fact]
    public async Task The_stream_is_truncated_up_to_where_the_slowest_queue_is()
    {
        // One segment for all queues, so that each holds back the others' events.
        await SplitAllAsync(1);
        var text = new string('x', 10_000);
        for (var i = 0; i < 30; i++) await AppendAsync(KeyOf(i % 2), text);
        var before = await Controller.GetHeadAsync(InPravega, Stop);
        var tails = new List<StreamPosition>();
        for (var q = 0; q < Queues; q++)
        {
            var (events, _) = await store.ReadAllAsync(Name(q));
            Assert.Equal(q < 2 ? 15 : 0, events.Count);
            tails.Add((await store.DescribeAsync(Name(q), Stop))!.Tail);
        }

        await store.TruncateAsync(Name(0), tails[0], Stop);
        Assert.Equal(before, await Controller.GetHeadAsync(InPravega, Stop));
        // The third has none of its own there, and so does not hold anything back.
        await store.TruncateAsync(Name(1), tails[1], Stop);
        var head = await Controller.GetHeadAsync(InPravega, Stop);
        Assert.NotEqual(before, head);
        Assert.True(head.Offsets.Values.Single() > 100_000);

        // What was given up is a gap for the one whose events were there, and nothing for the others.
        var (_, gaps) = await store.ReadAllAsync(Name(1), new StreamPosition(0, 1));
        Assert.Equal(GapCause.Truncated, Assert.Single(gaps).Cause);
        var (_, none) = await store.ReadAllAsync(Name(2), new StreamPosition(0, 1));
        Assert.Empty(none);
        await AppendAsync(KeyOf(1), "after");
        Assert.Equal("after", (await store.ReadAllAsync(Name(1), tails[1])).Events.Single().Text());
    }

    [Fact]
    public async Task What_a_budget_has_taken_is_a_gap_in_the_queues_that_had_not_come_to_it()
    {
        await AppendAsync(KeyOf(0), "gone");
        await AppendAsync(KeyOf(0), "gone, too");
        var (events, _) = await store.ReadAllAsync(Name(0));
        await AppendAsync(KeyOf(0), "never seen");
        var current = await Controller.GetCurrentSegmentsAsync(InPravega, Stop);
        var cut = new List<KeyValuePair<long, long>>();
        foreach (var range in current)
            cut.Add(KeyValuePair.Create(range.Segment.Id, (await beneath.Client.GetSegmentInfoAsync(range.Segment, Stop))!.Value.Length));
        await Controller.TruncateStreamAsync(new StreamCut(InPravega, cut), Stop);
        await AppendAsync(KeyOf(0), "left");

        var (left, gaps) = await store.ReadAllAsync(Name(0), events[1].Position);
        Assert.Equal(["left"], left.Select(e => e.Text()));
        Assert.Equal(events[1].Position, gaps[0].From);
        Assert.All(gaps, gap => Assert.Equal(GapCause.Truncated, gap.Cause));
        // From its oldest on, nothing is missing that was not told.
        Assert.Equal(["left"], await store.TextsAsync(Name(0)));
    }

    [Fact]
    public async Task A_queue_is_searched_by_time_and_begun_at_its_tail()
    {
        await using var writer = await store.OpenWriterAsync(Name(0), Guid.NewGuid(), Stop);
        for (var i = 0; i < 10; i++) await writer.AppendAsync(new EventBatch(new[] { Payload.Event($"{i}", i * 10) }, KeyOf(0)), Stop);
        var at = await store.FindAsync(Name(0), 45, Stop);
        Assert.Equal("5", (await store.ReadAllAsync(Name(0), at)).Events[0].Text());
        await using var latest = await store.OpenReaderAsync(Name(0), StreamPosition.Latest, Stop);
        Assert.Null(await latest.TryReadAsync(cancellationToken: Stop));
        await AppendAsync(KeyOf(0), "next");
        Assert.Equal(["next"], (await latest.ReadAsync(cancellationToken: Stop)).Texts());
    }

    [Fact]
    public async Task What_the_number_of_queues_or_the_key_forbids_is_told()
    {
        await using var more = Open(Queues + 1);
        var told = await Assert.ThrowsAsync<StreamStoreException>(() => more.CreateAsync(Name(0), new StreamOptions(), Stop));
        Assert.Contains("the number of queues that share a stream cannot change", told.Message, StringComparison.Ordinal);
        await using var writer = await store.OpenWriterAsync(Name(0), Guid.NewGuid(), Stop);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.AppendAsync(Payload.Batch("x") with { RoutingKey = KeyOf(1) }, Stop));
        await Assert.ThrowsAsync<StreamStoreException>(() => store.SealAsync(Name(0), Stop));
        // Other streams are those of the store beneath.
        var letters = new StreamName("orleans", "events-dead-letter");
        Assert.True(await store.CreateAsync(letters, new StreamOptions(), Stop));
        await store.AppendAsync(letters, Payload.Batch("letter"));
        Assert.Equal(["letter"], await beneath.TextsAsync(letters));
        Assert.Equal(Queues + 1, (await store.ListAsync(Stop)).Count);
    }

    private static StreamName Name(int queue) => new("orleans", $"events-{queue}");

    private SharedStreamStore Open(int queues) => new(
        beneath, "orleans", "events", queues, new SharedStreamOptions { Scaling = new ScalingPolicy.ByEventRate(1_000_000, 2, 1) });

    private string KeyOf(int queue) => Enumerable.Range(0, 1000).Select(i => $"own {i}").First(key => ranges.QueueOf(key) == queue);

    private async Task AppendAsync(string key, string text)
    {
        await using var writer = await store.OpenWriterAsync(Name(ranges.QueueOf(key)), Guid.NewGuid(), Stop);
        await writer.AppendAsync(Payload.Batch(text) with { RoutingKey = key }, Stop);
    }

    private async Task ScaleAsync()
    {
        await Task.Delay(100, Stop);
        await SplitAsync(0, 4);
        await SplitAsync(3, 2);
        await SplitAllAsync(2);
        await SplitAllAsync(3);
    }

    // One segment into several.
    private async Task SplitAsync(int index, int count)
    {
        var former = (await Controller.GetCurrentSegmentsAsync(InPravega, Stop))[index];
        await ScaleAsync([former], former.Low, former.High, count);
    }

    private async Task SplitAllAsync(int count) => await ScaleAsync(await Controller.GetCurrentSegmentsAsync(InPravega, Stop), 0, 1, count);

    private async Task ScaleAsync(IEnumerable<SegmentRange> closed, double low, double high, int count)
    {
        double[] bounds = [.. Enumerable.Range(0, count).Select(i => low + (high - low) * i / count), high];
        await Controller.ScaleAsync(InPravega, closed.Select(range => range.Segment.Id), bounds.Zip(bounds.Skip(1)), Stop);
    }

    // Owners that each take over where the last has stored that it is, from stores of their own, until each key has ended.
    private async Task<List<(StreamPosition Position, string Text)>> ReadAsOwnersAsync(int queue, int keys)
    {
        var all = new List<(StreamPosition, string)>();
        for (var owner = 1L; ; owner++)
        {
            await using var own = Open(Queues);
            var from = (await own.ReadCheckpointAsync(Name(queue), "events", Stop))?.Position ?? StreamPosition.Earliest;
            await using var reader = await own.OpenReaderAsync(Name(queue), from, Stop);
            for (var i = 0; i < 20; i++)
            {
                var batch = await reader.ReadAsync(50, cancellationToken: Stop);
                Assert.Null(batch.Gap);
                foreach (var e in batch.Events.ToArray())
                {
                    all.Add((e.Position, e.Text()));
                    if (e.Text().EndsWith("end", StringComparison.Ordinal) && --keys == 0) return all;
                }
                batch.Release();
            }
            await own.WriteCheckpointAsync(Name(queue), new ReaderCheckpoint("events", reader.Position, owner), Stop);
        }
    }

    private static async Task<List<(StreamPosition Position, string Text)>> ReadAsync(IStreamReader reader, int count)
    {
        var all = new List<(StreamPosition, string)>();
        while (all.Count < count) all.AddRange((await reader.ReadAsync(cancellationToken: Stop)).Events.ToArray().Select(e => (e.Position, e.Text())));
        return all;
    }
}
