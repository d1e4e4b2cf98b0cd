using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

public sealed class GroupCommitTests
{
    [Theory]
    [InlineData(StreamDurability.Written)]
    [InlineData(StreamDurability.Synced)]
    public async Task Appends_that_overlap_keep_the_order_of_their_calls(StreamDurability durability)
    {
        await using var temporary = await TemporaryStore.CreateAsync(TemporaryStore.Small with { Durability = durability });
        await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());

        var appends = Enumerable.Range(0, 2000).Select(i => writer.AppendAsync(Payload.Batch($"{i}")).AsTask()).ToArray();
        var ranges = await Task.WhenAll(appends);

        Assert.Equal(Enumerable.Range(0, 2000).Select(i => (long)i), ranges.Select(r => r.First.Offset));
        Assert.Equal(Payload.Range(0, 2000), await temporary.Store.TextsAsync(TemporaryStore.Name));
    }

    [Fact]
    public async Task A_group_may_be_larger_than_what_is_copied_and_span_many_segments()
    {
        await using var temporary = await TemporaryStore.CreateAsync(new StreamOptions { SegmentBytes = 4 << 20 });
        await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
        var payloads = Enumerable.Range(0, 40).Select(i => Enumerable.Repeat((byte)i, 300_000 + i).ToArray()).ToArray();

        await Task.WhenAll(payloads.Select(p => writer.AppendAsync(new EventBatch(new[] { new StreamEvent(p, 0) })).AsTask()));

        var (events, _) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(payloads.Length, events.Count);
        for (var i = 0; i < payloads.Length; i++) Assert.True(payloads[i].AsSpan().SequenceEqual(events[i].Payload.Span));
        Assert.Equal(4, temporary.Segments.Count);
    }

    [Fact]
    public async Task A_batch_larger_than_a_segment_gets_one_of_its_own()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 1);
        await temporary.Store.AppendAsync(TemporaryStore.Name, new EventBatch(new[] { new StreamEvent(new byte[3 << 20], 0) }));
        await temporary.FillAsync(2, 1);
        await temporary.ReopenAsync();

        var (events, _) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal([1000, 3 << 20, 1000], events.Select(e => e.Payload.Length));
    }

    [Fact]
    public async Task A_batch_larger_than_allowed_is_refused_with_a_sentence()
    {
        var folder = Directory.CreateTempSubdirectory("weir-streams-").FullName;
        await using (var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder, MaxBatchBytes = 64 << 10 }))
        {
            await store.CreateAsync(TemporaryStore.Name, TemporaryStore.Small);
            var fits = (64 << 10) - 68 - 12;
            await store.AppendAsync(TemporaryStore.Name, new EventBatch(new[] { new StreamEvent(new byte[fits], 0) }));
            var refused = await Assert.ThrowsAsync<ArgumentException>(() => store.AppendAsync(
                TemporaryStore.Name, new EventBatch(new[] { new StreamEvent(new byte[fits + 1], 0) })));
            Assert.Contains("MaxBatchBytes", refused.Message, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Repeats_within_one_group_are_stored_once()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => writer.AppendAsync(Payload.Numbered(i / 3, $"{i / 3}", $"{i / 3 + 1}")).AsTask()));

        Assert.Equal(Payload.Range(0, 101), await temporary.Store.TextsAsync(TemporaryStore.Name));
    }

    [Fact]
    public async Task An_append_that_was_cancelled_is_stored_whole_or_not_at_all_as_its_task_says()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
        var stored = new List<string>();
        for (var round = 0; round < 50; round++)
        {
            using var cancel = new CancellationTokenSource();
            var appends = Enumerable.Range(0, 20).Select(i => $"{round}-{i}")
                .Select(text => (Text: text, Task: writer.AppendAsync(Payload.Batch(text), cancel.Token).AsTask())).ToList();
            await cancel.CancelAsync();
            foreach (var (text, task) in appends)
            {
                await task.ContinueWith(_ => { }, TaskScheduler.Default);
                if (task.IsCompletedSuccessfully) stored.Add(text);
                else Assert.True(task.IsCanceled);
            }
        }
        Assert.Equal(stored, await temporary.Store.TextsAsync(TemporaryStore.Name));
    }

    [Fact]
    public async Task Dispose_stores_what_was_queued()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
        var appends = Enumerable.Range(0, 500).Select(i => writer.AppendAsync(Payload.Batch($"{i}")).AsTask()).ToArray();
        await temporary.ReopenAsync();

        await Task.WhenAll(appends);
        Assert.Equal(Payload.Range(0, 500), await temporary.Store.TextsAsync(TemporaryStore.Name));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await writer.AppendAsync(Payload.Batch("late")));
    }

    [Fact]
    public async Task A_thousand_streams_live_side_by_side()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        var names = Enumerable.Range(0, 1000).Select(i => new StreamName("many", $"s{i}")).ToArray();
        await Parallel.ForEachAsync(names, async (name, cancellation) =>
        {
            await temporary.Store.CreateAsync(name, TemporaryStore.Small, cancellation);
            await temporary.Store.AppendAsync(name, Payload.Batch(name.Stream));
        });
        foreach (var name in names) Assert.Equal([name.Stream], await temporary.Store.TextsAsync(name));
    }
}
