using Microsoft.Extensions.Time.Testing;
using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>Truncation, and the budgets of bytes and age.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task Truncation_gives_whole_segments_back_and_keeps_what_was_not_given_up()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 300);
        var files = temporary.Segments.Count;

        await temporary.Store.TruncateAsync(TemporaryStore.Name, new StreamPosition(0, 150));

        Assert.InRange(temporary.Segments.Count, 2, files - 2);
        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Empty(gaps);
        Assert.InRange(TemporaryStore.Number(events[0]), 1, 150);
        Assert.Equal(299, TemporaryStore.Number(events[^1]));
        var described = (await temporary.Store.DescribeAsync(TemporaryStore.Name))!;
        Assert.Equal(events[0].Position, described.Head);
        Assert.Equal(events.Count, described.Events);
        Assert.Equal(temporary.Segments.Sum(path => new FileInfo(path).Length), described.Bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_that_was_not_there_yet_sees_a_gap(bool afterReopening)
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 300);
        await temporary.Store.TruncateAsync(TemporaryStore.Name, new StreamPosition(0, 200));
        if (afterReopening) await temporary.ReopenAsync();
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, new StreamPosition(0, 10));

        var batch = await reader.ReadAsync();

        Assert.True(batch.Events.IsEmpty);
        Assert.Equal((GapCause.Truncated, 10L), (batch.Gap!.Cause, batch.Gap.From.Offset));
        Assert.Equal(batch.Gap.To.Offset - 10, batch.Gap.Events);
        Assert.Equal(batch.Next.Offset, TemporaryStore.Number((await reader.ReadAsync()).Events.Span[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_budget_of_bytes_holds_whether_anybody_has_read_or_not(bool afterReopening)
    {
        var options = TemporaryStore.Small with { MaxBytes = 256 << 10 };
        await using var temporary = await TemporaryStore.CreateAsync(options);
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, new StreamPosition(0, 0));
        for (var i = 0; i < 10; i++)
        {
            await temporary.FillAsync(100 * i, 100);
            Assert.InRange(temporary.Segments.Sum(path => new FileInfo(path).Length), 1, options.MaxBytes);
        }
        if (afterReopening) await temporary.ReopenAsync();

        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name, new StreamPosition(0, 0));
        var gap = Assert.Single(gaps);
        Assert.Equal(GapCause.Budget, gap.Cause);
        Assert.Equal(1000, gap.Events + events.Count);
        Assert.Equal(Enumerable.Range(1000 - events.Count, events.Count), events.Select(TemporaryStore.Number));
    }

    [Fact]
    public async Task A_reader_within_a_segment_that_goes_sees_a_gap_and_goes_on()
    {
        await using var temporary = await TemporaryStore.CreateAsync(TemporaryStore.Small with { MaxBytes = 192 << 10 });
        await temporary.FillAsync(0, 10);
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
        Assert.Equal(5, (await reader.ReadAsync(5)).Events.Length);
        await temporary.FillAsync(10, 490);

        var (events, gaps) = await reader.ReadAllAsync();
        Assert.Equal(5, Assert.Single(gaps).From.Offset);
        Assert.Equal(500, 5 + gaps[0].Events + events.Count);
    }

    [Fact]
    public async Task Segments_whose_newest_event_is_too_old_go_at_truncation_and_offsets_go_on()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var start = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var options = TemporaryStore.Small with { MaxAge = TimeSpan.FromHours(1) };
        await using var temporary = await TemporaryStore.CreateAsync(options, time);
        await temporary.Store.AppendAsync(TemporaryStore.Name, new EventBatch(new[] { Payload.Event("old", start) }));

        time.Advance(TimeSpan.FromMinutes(59));
        await temporary.Store.TruncateAsync(TemporaryStore.Name, StreamPosition.Earliest);
        Assert.Equal(["old"], await temporary.Store.TextsAsync(TemporaryStore.Name));
        time.Advance(TimeSpan.FromMinutes(2));
        await temporary.Store.TruncateAsync(TemporaryStore.Name, StreamPosition.Earliest);
        Assert.Empty(await temporary.Store.TextsAsync(TemporaryStore.Name));

        await temporary.ReopenAsync();
        var range = await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("new"));
        Assert.Equal(1, range.First.Offset);
        var (_, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name, new StreamPosition(0, 0));
        Assert.Equal((GapCause.Budget, 1L), (Assert.Single(gaps).Cause, gaps[0].Events!.Value));
    }

    [Fact]
    public async Task Numbers_of_writers_outlive_the_truncation_of_their_batches()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        var id = Guid.NewGuid();
        await using (var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, id))
            await writer.AppendAsync(Payload.Numbered(0, "a", "b"));
        await temporary.FillAsync(0, 300);
        await temporary.Store.TruncateAsync(TemporaryStore.Name, StreamPosition.Latest);
        await temporary.ReopenAsync();

        await using var again = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, id);
        Assert.Equal(1, again.LastEventNumber);
        var range = await again.AppendAsync(Payload.Numbered(0, "a", "b", "c"));
        Assert.Equal(1, range.Next.Offset - range.First.Offset);
    }

    [Fact]
    public async Task Options_of_a_stream_change_and_stay_changed()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 300);
        Assert.False(await temporary.Store.CreateAsync(TemporaryStore.Name, TemporaryStore.Small with { MaxBytes = 128 << 10 }));
        Assert.InRange(temporary.Segments.Sum(path => new FileInfo(path).Length), 1, 128 << 10);
        await temporary.ReopenAsync();
        await temporary.FillAsync(300, 300);
        Assert.InRange(temporary.Segments.Sum(path => new FileInfo(path).Length), 1, 128 << 10);
    }

    [Theory]
    [InlineData(1000, 1 << 20)]
    [InlineData(64 << 10, 100 << 10)]
    public async Task Options_out_of_range_are_refused_with_a_sentence(long segmentBytes, long maxBytes)
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        var fault = await Assert.ThrowsAsync<ArgumentException>(() => temporary.Store.CreateAsync(
            new StreamName("a", "b"), new StreamOptions { SegmentBytes = segmentBytes, MaxBytes = maxBytes }));
        Assert.StartsWith("stream 'a/b': ", fault.Message, StringComparison.Ordinal);
        Assert.Null(await temporary.Store.DescribeAsync(new StreamName("a", "b")));
    }

    [Fact]
    public async Task The_budget_of_the_store_takes_the_oldest_of_all_streams_and_readers_see_it()
    {
        var folder = Directory.CreateTempSubdirectory("weir-budget-").FullName;
        var (old, young) = (new StreamName("site", "old"), new StreamName("site", "young"));
        const long Budget = 2 << 20;
        await using (var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder, MaxBytes = Budget }))
        {
            foreach (var name in (StreamName[])[old, young]) await store.CreateAsync(name, TemporaryStore.Small);
            await AppendAsync(store, old, 1, 500);
            await AppendAsync(store, young, 1_000_000, 3000);

            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while ((await store.ListAsync()).Sum(stream => stream.Bytes) > Budget) await Task.Delay(10, deadline.Token);
            Assert.True((await store.DescribeAsync(old))!.Head.Offset >= 400);
            var (_, gaps) = await store.ReadAllAsync(old, new StreamPosition(0, 0));
            Assert.Equal(GapCause.Budget, Assert.Single(gaps).Cause);
            var (events, _) = await store.ReadAllAsync(young);
            Assert.Equal(2999, TemporaryStore.Number(events[^1]));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_store_opened_with_a_smaller_budget_comes_down_to_it()
    {
        var folder = Directory.CreateTempSubdirectory("weir-budget-").FullName;
        var name = new StreamName("site", "s");
        await using (var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder }))
        {
            await store.CreateAsync(name, new StreamOptions { SegmentBytes = 4 << 20 });
            await AppendAsync(store, name, 1, 3000);
        }
        // All of it is in one segment that is still written to: that one goes, too.
        await using (var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder, MaxBytes = 1 << 20 }))
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while ((await store.DescribeAsync(name))!.Bytes > 1 << 20) await Task.Delay(10, deadline.Token);
            var range = await store.AppendAsync(name, Payload.Batch("next"));
            Assert.Equal(3000, range.First.Offset);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_budget_of_the_store_too_small_to_hold_anything_is_refused()
    {
        var fault = Assert.Throws<ArgumentException>(() => new SegmentLogStore(new SegmentLogOptions { Directory = "x", MaxBytes = 5 }));
        Assert.Contains("MaxBytes must be at least 1,048,576", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_in_memory_leaves_no_events_on_disk_and_none_to_the_next_process()
    {
        await using var temporary = await TemporaryStore.CreateAsync(
            TemporaryStore.Small with { Durability = StreamDurability.Memory, MaxBytes = 128 << 10 });
        await temporary.FillAsync(0, 200);
        await temporary.Store.WriteCheckpointAsync(TemporaryStore.Name, new ReaderCheckpoint("r", StreamPosition.Latest));

        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(199, TemporaryStore.Number(events[^1]));
        Assert.InRange(events.Count, 60, 130);
        Assert.Empty(gaps);
        Assert.Empty(temporary.Segments);
        await temporary.ReopenAsync();
        Assert.Equal(0, (await temporary.Store.DescribeAsync(TemporaryStore.Name))!.Events);
        Assert.Null(await temporary.Store.ReadCheckpointAsync(TemporaryStore.Name, "r"));
    }

    [Fact]
    public async Task A_reader_follows_a_stream_whose_durability_changes()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
        StreamDurability[] turns = [StreamDurability.Memory, StreamDurability.Written, StreamDurability.Memory, StreamDurability.Synced];
        foreach (var durability in turns)
        {
            await temporary.Store.CreateAsync(TemporaryStore.Name, TemporaryStore.Small with { Durability = durability });
            await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch(durability.ToString()));
        }
        Assert.Equal(turns.Select(d => d.ToString()), (await reader.ReadAllAsync()).Events.Select(e => e.Text()));
    }

    private static async Task AppendAsync(SegmentLogStore store, StreamName name, long time, int count)
    {
        await using var writer = await store.OpenWriterAsync(name, Guid.NewGuid());
        for (var i = 0; i < count; i++)
            await writer.AppendAsync(new EventBatch(new[] { Payload.Event(TemporaryStore.Filler(i), time + i) }));
    }
}
