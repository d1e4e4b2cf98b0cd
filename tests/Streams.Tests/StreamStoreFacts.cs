namespace Weir.Streams.Tests;

/// <summary>What every stream store must do; each store derives from this and so answers the same questions.</summary>
public abstract class StreamStoreFacts : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly StreamName name = new("facts", $"s{Guid.NewGuid():N}");
    private IStreamStore store = null!;

    protected abstract StreamOptions Options { get; }

    /// <summary>Opens the store; a second time, it must find what the first has kept.</summary>
    protected abstract Task<IStreamStore> OpenStoreAsync();

    public virtual async ValueTask InitializeAsync()
    {
        store = await OpenStoreAsync();
        Assert.True(await store.CreateAsync(name, Options));
    }

    public virtual async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_was_appended_is_read_in_order_with_time_and_position()
    {
        var range = await store.AppendAsync(name, new EventBatch(new[] { Payload.Event("a", 17), Payload.Event("", -5) }));
        await store.AppendAsync(name, Payload.Batch("c"));

        var (events, gaps) = await store.ReadAllAsync(name);

        Assert.Empty(gaps);
        Assert.Equal(["a", "", "c"], events.Select(e => e.Text()));
        Assert.Equal([17, -5, 0], events.Select(e => e.Timestamp));
        Assert.Equal(range.First, events[0].Position);
        Assert.Equal(range.Next, events[2].Position);
        Assert.True(events[0].Position < events[1].Position);
    }

    [Fact]
    public async Task A_reader_can_begin_at_the_position_of_any_event()
    {
        await store.AppendAsync(name, Payload.Batch(Payload.Range(0, 7)));
        await store.AppendAsync(name, Payload.Batch(Payload.Range(7, 5)));
        var (events, _) = await store.ReadAllAsync(name);

        for (var i = 0; i < events.Count; i++)
            Assert.Equal(Payload.Range(i, 12 - i), await store.TextsAsync(name, events[i].Position));
    }

    [Fact]
    public async Task A_time_is_found_where_the_first_event_at_or_after_it_lies()
    {
        // Times need not rise: 30 comes before 20.
        await store.AppendAsync(name, new EventBatch(new[] { Payload.Event("a", 10), Payload.Event("b", 30) }));
        await store.AppendAsync(name, new EventBatch(new[] { Payload.Event("c", 20) }));
        await store.AppendAsync(name, new EventBatch(new[] { Payload.Event("d", 40), Payload.Event("e", 41) }));

        await AssertFoundAsync();
        await ReopenAsync();
        await AssertFoundAsync();

        async Task AssertFoundAsync()
        {
            var expected = new Dictionary<long, string>
            {
                [long.MinValue] = "a", [10] = "a", [11] = "b", [20] = "b", [30] = "b", [31] = "d", [41] = "e", [42] = "",
            };
            foreach (var (time, first) in expected)
            {
                var texts = await store.TextsAsync(name, await store.FindAsync(name, time));
                Assert.Equal(first, texts.FirstOrDefault() ?? "");
            }
            Assert.Equal((await store.DescribeAsync(name))!.Tail, await store.FindAsync(name, long.MaxValue));
        }
    }

    [Fact]
    public async Task A_time_in_an_empty_stream_is_its_tail()
    {
        Assert.Equal((await store.DescribeAsync(name))!.Tail, await store.FindAsync(name, 0));
        await Assert.ThrowsAsync<StreamNotFoundException>(() => store.FindAsync(new StreamName("facts", "none"), 0));
    }

    [Fact]
    public async Task A_batch_may_be_released_once_its_events_are_used()
    {
        for (var i = 0; i < 200; i++) await store.AppendAsync(name, Payload.Batch($"{i}", new string('x', i)));
        await using var reader = await store.OpenReaderAsync(name, StreamPosition.Earliest);
        await using var other = await store.OpenReaderAsync(name, StreamPosition.Earliest);
        var kept = new List<StreamBatch>();
        var texts = new List<string>();
        while (await reader.TryReadAsync(7, 300) is { } batch)
        {
            texts.AddRange(batch.Texts());
            batch.Release();
            // What was not released stays as it was, whatever happens to the memory of the others.
            if (await other.TryReadAsync(5, 200) is { } stays) kept.Add(stays);
        }
        Assert.Equal(Enumerable.Range(0, 200).SelectMany(i => new[] { $"{i}", new string('x', i) }), texts);
        var others = kept.SelectMany(batch => batch.Texts()).ToList();
        Assert.Equal(texts.Take(others.Count), others);
    }

    [Fact]
    public async Task A_read_keeps_to_its_limits_but_always_gives_one_event()
    {
        await store.AppendAsync(name, Payload.Batch("1234", "5678", "9", new string('x', 100)));
        await using var reader = await store.OpenReaderAsync(name, StreamPosition.Earliest);

        Assert.Equal(["1234"], (await reader.ReadAsync(1)).Texts());
        Assert.Equal(["5678", "9"], (await reader.ReadAsync(10, 6)).Texts());
        Assert.Equal([new string('x', 100)], (await reader.ReadAsync(10, 6)).Texts());
    }

    [Fact]
    public async Task A_reader_at_the_tail_waits_for_the_next_append()
    {
        await store.AppendAsync(name, Payload.Batch("old"));
        await using var reader = await store.OpenReaderAsync(name, StreamPosition.Latest);
        Assert.Null(await reader.TryReadAsync());

        var waiting = reader.ReadAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        await store.AppendAsync(name, Payload.Batch("new"));

        Assert.Equal(["new"], (await waiting.WaitAsync(Deadline)).Texts());
    }

    [Fact]
    public async Task A_read_that_is_cancelled_leaves_the_position()
    {
        await using var reader = await store.OpenReaderAsync(name, StreamPosition.Latest);
        var before = reader.Position;
        using var cancel = new CancellationTokenSource();
        var waiting = reader.ReadAsync(cancellationToken: cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Deadline));
        Assert.Equal(before, reader.Position);
        await store.AppendAsync(name, Payload.Batch("x"));
        Assert.Equal(["x"], (await reader.ReadAsync().AsTask().WaitAsync(Deadline)).Texts());
    }

    [Fact]
    public async Task Everything_is_there_after_the_store_was_opened_again()
    {
        await store.AppendAsync(name, Payload.Batch("a", "b"));
        await ReopenAsync();
        Assert.False(await store.CreateAsync(name, Options));
        await store.AppendAsync(name, Payload.Batch("c"));

        Assert.Equal(["a", "b", "c"], await store.TextsAsync(name));
    }

    [Fact]
    public async Task A_repeated_batch_is_stored_once_also_after_the_store_was_opened_again()
    {
        var id = Guid.NewGuid();
        await using (var writer = await store.OpenWriterAsync(name, id))
        {
            Assert.Equal(-1, writer.LastEventNumber);
            await writer.AppendAsync(Payload.Numbered(0, "0", "1", "2"));
            var repeat = await writer.AppendAsync(Payload.Numbered(0, "0", "1", "2"));
            Assert.Equal(repeat.First, repeat.Next);
            Assert.Equal(2, writer.LastEventNumber);
        }
        await ReopenAsync();
        await using (var writer = await store.OpenWriterAsync(name, id))
        {
            Assert.Equal(2, writer.LastEventNumber);
            await writer.AppendAsync(Payload.Numbered(1, "1", "2", "3", "4"));
            Assert.Equal(4, writer.LastEventNumber);
            await writer.AppendAsync(Payload.Batch("5"));
            Assert.Equal(5, writer.LastEventNumber);
        }

        Assert.Equal(Payload.Range(0, 6), await store.TextsAsync(name));
    }

    [Fact]
    public async Task Numbers_of_one_writer_say_nothing_of_another()
    {
        await using var one = await store.OpenWriterAsync(name, Guid.NewGuid());
        await using var other = await store.OpenWriterAsync(name, Guid.NewGuid());
        await one.AppendAsync(Payload.Numbered(0, "a"));
        await other.AppendAsync(Payload.Numbered(0, "b"));

        Assert.Equal(["a", "b"], await store.TextsAsync(name));
    }

    [Fact]
    public async Task A_sealed_stream_takes_no_appends_and_its_readers_come_to_the_end()
    {
        await store.AppendAsync(name, Payload.Batch("last"));
        await using var waiting = await store.OpenReaderAsync(name, StreamPosition.Latest);
        var end = waiting.ReadAsync().AsTask();
        await store.SealAsync(name);

        Assert.True((await end.WaitAsync(Deadline)).EndOfStream);
        await Assert.ThrowsAsync<StreamSealedException>(() => store.AppendAsync(name, Payload.Batch("more")));
        await ReopenAsync();
        await Assert.ThrowsAsync<StreamSealedException>(() => store.AppendAsync(name, Payload.Batch("more")));
        Assert.True((await store.DescribeAsync(name))!.IsSealed);
        Assert.Equal(["last"], await store.TextsAsync(name));
    }

    [Fact]
    public async Task A_deleted_stream_is_gone_with_its_checkpoints_and_can_be_made_anew()
    {
        await store.AppendAsync(name, Payload.Batch("a"));
        await store.WriteCheckpointAsync(name, new ReaderCheckpoint("r", StreamPosition.Latest));
        await using var writer = await store.OpenWriterAsync(name, Guid.NewGuid());
        await using var reader = await store.OpenReaderAsync(name, StreamPosition.Latest);
        var waiting = reader.ReadAsync().AsTask();

        Assert.True(await store.DeleteAsync(name));
        Assert.False(await store.DeleteAsync(name));

        await Assert.ThrowsAsync<StreamNotFoundException>(() => waiting.WaitAsync(Deadline));
        await Assert.ThrowsAsync<StreamNotFoundException>(async () => await writer.AppendAsync(Payload.Batch("b")));
        await Assert.ThrowsAsync<StreamNotFoundException>(() => store.OpenReaderAsync(name, StreamPosition.Earliest));
        Assert.Null(await store.DescribeAsync(name));
        Assert.True(await store.CreateAsync(name, Options));
        Assert.Null(await store.ReadCheckpointAsync(name, "r"));
        Assert.Empty(await store.TextsAsync(name));
    }

    [Fact]
    public async Task A_checkpoint_is_kept_and_a_former_owner_cannot_set_it_back()
    {
        var range = await store.AppendAsync(name, Payload.Batch("a", "b"));
        Assert.Null(await store.ReadCheckpointAsync(name, "archive"));
        var checkpoint = new ReaderCheckpoint("archive", range.Next, Owner: 7, Counts: false);
        await store.WriteCheckpointAsync(name, checkpoint);
        await ReopenAsync();

        Assert.Equal(checkpoint, await store.ReadCheckpointAsync(name, "archive"));
        await Assert.ThrowsAsync<StreamFencedException>(() =>
            store.WriteCheckpointAsync(name, new ReaderCheckpoint("archive", range.First, Owner: 6)));
        await store.WriteCheckpointAsync(name, checkpoint with { Position = range.First });
        Assert.Equal(range.First, (await store.ReadCheckpointAsync(name, "archive"))!.Position);
        Assert.Equal(["archive"], (await store.DescribeAsync(name))!.Readers.Select(r => r.Reader));
    }

    [Fact]
    public async Task The_slowest_reader_that_counts_is_named_by_the_stream()
    {
        var range = await store.AppendAsync(name, Payload.Batch("a", "b"));
        Assert.Null((await store.DescribeAsync(name))!.ConsumedBefore);
        await store.WriteCheckpointAsync(name, new ReaderCheckpoint("onlooker", range.First, Counts: false));
        Assert.Null((await store.DescribeAsync(name))!.ConsumedBefore);
        await store.WriteCheckpointAsync(name, new ReaderCheckpoint("fast", range.Next));
        Assert.Equal(range.Next, (await store.DescribeAsync(name))!.ConsumedBefore);
        await store.WriteCheckpointAsync(name, new ReaderCheckpoint("slow", range.First));
        Assert.Equal(range.First, (await store.DescribeAsync(name))!.ConsumedBefore);
    }

    [Fact]
    public async Task What_lies_behind_a_truncation_stays_and_what_is_gone_before_it_is_a_gap()
    {
        for (var i = 0; i < 20; i++) await store.AppendAsync(name, Payload.Batch($"{i}"));
        var (before, _) = await store.ReadAllAsync(name);
        await store.TruncateAsync(name, before[12].Position);

        var kept = await store.TextsAsync(name);
        Assert.Equal(Payload.Range(20 - kept.Length, kept.Length), kept);
        Assert.InRange(kept.Length, 8, 20);
        var (events, gaps) = await store.ReadAllAsync(name, before[0].Position);
        Assert.Equal(kept, events.Select(e => e.Text()));
        Assert.Equal(kept.Length < 20 ? 1 : 0, gaps.Count);
        Assert.All(gaps, gap => Assert.Equal((GapCause.Truncated, before[0].Position, events[0].Position), (gap.Cause, gap.From, gap.To)));
    }

    [Fact]
    public async Task What_all_readers_that_count_are_done_with_is_given_up_where_the_stream_asks_for_it()
    {
        var consumed = new StreamName(name.Scope, "c" + name.Stream);
        await store.CreateAsync(consumed, Options with { SegmentBytes = 64 << 10, TruncateConsumed = true });
        for (var i = 0; i < 300; i++) await store.AppendAsync(consumed, Payload.Batch($"{i:D4}".PadRight(1000)));
        var (events, _) = await store.ReadAllAsync(consumed);
        await store.WriteCheckpointAsync(consumed, new ReaderCheckpoint("slow", events[10].Position));
        await store.WriteCheckpointAsync(consumed, new ReaderCheckpoint("fast", events[280].Position));
        await store.WriteCheckpointAsync(consumed, new ReaderCheckpoint("onlooker", events[0].Position, Counts: false));
        Assert.True((await store.DescribeAsync(consumed))!.Head <= events[10].Position);

        await store.WriteCheckpointAsync(consumed, new ReaderCheckpoint("slow", events[250].Position));

        var head = (await store.DescribeAsync(consumed))!.Head;
        Assert.True(head >= events[100].Position && head <= events[250].Position);
        Assert.Equal("0299", (await store.TextsAsync(consumed))[^1].Trim());
    }

    [Fact]
    public async Task Streams_are_listed_by_name_with_head_and_tail()
    {
        var other = new StreamName(name.Scope, "a" + name.Stream);
        await store.CreateAsync(other, Options);
        var range = await store.AppendAsync(name, Payload.Batch("a", "b"));

        var mine = (await store.ListAsync()).Where(d => d.Name == name || d.Name == other).ToList();

        Assert.Equal([other, name], mine.Select(d => d.Name));
        Assert.Equal(range.First, mine[1].Head);
        Assert.Equal(range.Next, mine[1].Tail);
        Assert.True(mine[1].Events is null or 2);
        Assert.Equal(mine[0].Head, mine[0].Tail);
    }

    [Fact]
    public async Task Many_writers_and_two_readers_at_once_neither_lose_nor_repeat_nor_reorder()
    {
        const int Writers = 4, Batches = 150;
        var readers = Enumerable.Range(0, 2).Select(async _ =>
        {
            await using var reader = await store.OpenReaderAsync(name, StreamPosition.Earliest);
            var texts = new List<string>();
            while (texts.Count < Writers * Batches * 2) texts.AddRange((await reader.ReadAsync(100, 500)).Texts());
            return texts;
        }).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async w =>
        {
            await using var writer = await store.OpenWriterAsync(name, Guid.NewGuid());
            for (var i = 0; i < Batches; i++) await writer.AppendAsync(Payload.Batch($"{w}-{2 * i:D4}", $"{w}-{2 * i + 1:D4}"));
        }));

        var seen = await Task.WhenAll(readers).WaitAsync(Deadline);

        Assert.Equal(seen[0], seen[1]);
        for (var w = 0; w < Writers; w++)
        {
            Assert.Equal(
                Enumerable.Range(0, 2 * Batches).Select(i => $"{w}-{i:D4}"),
                seen[0].Where(t => t.StartsWith($"{w}-", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task An_append_that_is_cancelled_before_it_began_is_not_stored()
    {
        await using var writer = await store.OpenWriterAsync(name, Guid.NewGuid());
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writer.AppendAsync(Payload.Batch("a"), cancel.Token));
        await writer.AppendAsync(Payload.Batch("b"));
        Assert.Equal(["b"], await store.TextsAsync(name));
    }

    [Fact]
    public async Task The_memory_of_a_batch_may_be_reused_as_soon_as_its_append_has_ended()
    {
        await using var writer = await store.OpenWriterAsync(name, Guid.NewGuid());
        var memory = new byte[1];
        for (byte i = 0; i < 50; i++)
        {
            memory[0] = i;
            await writer.AppendAsync(new EventBatch(new[] { new StreamEvent(memory, 0) }));
        }

        var (events, _) = await store.ReadAllAsync(name);
        Assert.Equal(Enumerable.Range(0, 50), events.Select(e => (int)e.Payload.Span[0]));
    }

    private async Task ReopenAsync()
    {
        await store.DisposeAsync();
        store = await OpenStoreAsync();
    }
}
