using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Weir.Streams.Provider;

namespace Weir.Streams.Tests.Provider;

/// <summary>A queue as its agent sees it: adapter, receiver, cache and cursors together.</summary>
public sealed class QueueTests
{
    public sealed record Reading(string Sensor, double Value);

    [Fact]
    public async Task What_is_published_comes_in_order_with_a_token_for_each_event()
    {
        await using var bench = await QueueBench.StartAsync();
        var cursor = bench.Cursor("a");
        await bench.WriteAsync("a", new Reading("x", 1), new Reading("y", 2.5));
        await bench.WriteAsync("b", new Reading("other", 0));
        await bench.WriteAsync("a", new Reading("z", 3));

        var events = await bench.DrainAsync<Reading>(cursor, 3);

        Assert.Equal([new("x", 1), new("y", 2.5), new("z", 3)], events.Select(e => e.Event));
        Assert.Equal(["0:0/0", "0:0/1", "0:2/0"], events.Select(e => e.Token.ToString()));
    }

    [Fact]
    public async Task A_consumer_of_another_type_gets_an_error_that_names_both()
    {
        await using var bench = await QueueBench.StartAsync();
        var cursor = bench.Cursor("a");
        await bench.WriteAsync("a", new Reading("x", 1));
        await bench.PumpUntilAsync(cursor.MoveNext);

        var wrong = Assert.Throws<InvalidOperationException>(() => cursor.GetCurrent(out _).GetEvents<string>());
        Assert.Contains(typeof(Reading).ToString(), wrong.Message, StringComparison.Ordinal);
        Assert.Contains("System.String", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_request_context_goes_with_the_batch()
    {
        await using var bench = await QueueBench.StartAsync();
        var cursor = bench.Cursor("a");
        var id = Guid.NewGuid();
        var context = new Dictionary<string, object> { ["who"] = "me", ["id"] = id, ["n"] = 7L };
        await bench.Adapter.QueueMessageBatchAsync(StreamId.Create("ns", "a"), ["e"], null!, context);
        await bench.PumpUntilAsync(cursor.MoveNext);

        Assert.True(cursor.GetCurrent(out _).ImportRequestContext());
        Assert.Equal(("me", id, 7L), (RequestContext.Get("who"), RequestContext.Get("id"), RequestContext.Get("n")));
        RequestContext.Clear();

        context["bad"] = new Reading("x", 1);
        var refused = await Assert.ThrowsAsync<NotSupportedException>(() =>
            bench.Adapter.QueueMessageBatchAsync(StreamId.Create("ns", "a"), ["e"], null!, context));
        Assert.Contains("'bad'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cursor_that_waits_ahead_of_what_is_read_again_after_a_crash_does_not_go_back_to_it()
    {
        await using var bench = await QueueBench.StartAsync(o => o.CheckpointInterval = TimeSpan.FromMinutes(1));
        for (var i = 0; i < 10; i++) await bench.WriteAsync("a", $"{i}");
        var token = (await bench.DrainAsync<string>(bench.Cursor("a", StreamToken.Earliest), 10))[6].Token;
        await bench.RestartAsync(inOrder: false);

        var cursor = bench.Cursor("a", token);
        var events = QueueBench.Drain<string>(cursor);
        events.AddRange(await bench.DrainAsync<string>(cursor, 4 - events.Count));

        Assert.Equal(["6", "7", "8", "9"], events.Select(e => e.Event));
    }

    [Fact]
    public async Task A_slow_consumer_reads_from_the_store_and_loses_nothing_while_a_fast_one_goes_on()
    {
        await using var bench = await QueueBench.StartAsync(o => o.CacheBytes = 64 << 10);
        var (slow, fast) = (bench.Cursor("a"), bench.Cursor("a"));
        const int Count = 3000;
        for (var i = 0; i < Count; i++)
        {
            await bench.WriteAsync("a", $"{i}".PadRight(100));
            await bench.WriteAsync($"b{i % 7}", "noise");
        }

        var fastHas = await bench.DrainAsync<string>(fast, Count);
        var slowHas = QueueBench.Drain<string>(slow, 10);
        slowHas.AddRange(await bench.DrainAsync<string>(slow, Count - slowHas.Count));

        var expected = Enumerable.Range(0, Count).Select(i => $"{i}".PadRight(100));
        Assert.Equal(expected, fastHas.Select(e => e.Event));
        Assert.Equal(expected, slowHas.Select(e => e.Event));
    }

    [Fact]
    public async Task A_consumer_falls_behind_and_catches_up_again_and_again()
    {
        await using var bench = await QueueBench.StartAsync(o => o.CacheBytes = 64 << 10);
        var cursor = bench.Cursor("a");
        var has = new List<string>();
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 400; i++) await bench.WriteAsync("a", $"{round}-{i}");
            await bench.PumpUntilAsync(() => bench.Cache.End.Offset == (round + 1) * 400);
            has.AddRange(QueueBench.Drain<string>(cursor, round % 2 == 0 ? 399 : int.MaxValue).Select(e => e.Event));
        }
        has.AddRange((await bench.DrainAsync<string>(cursor, 2000 - has.Count)).Select(e => e.Event));

        Assert.Equal(Enumerable.Range(0, 5).SelectMany(r => Enumerable.Range(0, 400).Select(i => $"{r}-{i}")), has);
    }

    [Fact]
    public async Task A_subscription_begins_at_a_token_whose_events_have_long_left_the_memory()
    {
        await using var bench = await QueueBench.StartAsync(o => o.CacheBytes = 64 << 10);
        var cursor = bench.Cursor("a");
        for (var i = 0; i < 2000; i++) await bench.WriteAsync("a", $"{i}", $"{i}b");
        var all = await bench.DrainAsync<string>(cursor, 4000);
        Assert.Equal(4000, all.Count);

        foreach (var at in new[] { 0, 1, 777, 3998, 3999 })
        {
            var again = await bench.DrainAsync<string>(bench.Cursor("a", all[at].Token), 4000 - at);
            Assert.Equal(all.Skip(at), again);
        }
    }

    [Fact]
    public async Task A_cursor_at_the_batch_that_another_has_just_read_from_the_store_is_on_it_at_once()
    {
        await using var bench = await QueueBench.StartAsync(o => o.CacheBytes = 64 << 10);
        var cursor = bench.Cursor("a");
        for (var i = 0; i < 2000; i++) await bench.WriteAsync("a", $"{i}");
        await bench.PumpUntilAsync(() => bench.Cache.End.Offset == 2000);
        await bench.PumpUntilAsync(cursor.MoveNext);

        // What an agent does when the consumer answers that it has had the batch already.
        var again = bench.Cursor("a", cursor.GetCurrent(out _).SequenceToken);
        Assert.True(again.MoveNext());
        cursor.Dispose();
        Assert.Equal("0", Assert.Single(again.GetCurrent(out _).GetEvents<string>()).Item1);
        var rest = await bench.DrainAsync<string>(again, 1999);
        Assert.Equal(Payload.Range(1, 1999), rest.Select(e => e.Event));
    }

    [Fact]
    public async Task After_a_restart_delivery_goes_on_from_the_slowest_consumer()
    {
        await using var bench = await QueueBench.StartAsync();
        var (slow, fast) = (bench.Cursor("a"), bench.Cursor("a"));
        for (var i = 0; i < 10; i++) await bench.WriteAsync("a", $"{i}");
        await bench.DrainAsync<string>(fast, 10);
        Assert.Equal(4, QueueBench.Drain<string>(slow, 4).Count);
        await bench.RestartAsync();

        // The fourth batch was handed out, but nobody knows whether it was taken.
        var again = await bench.DrainAsync<string>(bench.Cursor("a"), 7);
        Assert.Equal(["3", "4", "5", "6", "7", "8", "9"], again.Select(e => e.Event));
    }

    [Fact]
    public async Task After_a_crash_no_more_comes_again_than_lies_behind_the_last_position_that_was_stored()
    {
        await using var bench = await QueueBench.StartAsync();
        var cursor = bench.Cursor("a");
        for (var i = 0; i < 10; i++) await bench.WriteAsync("a", $"{i}");
        await bench.DrainAsync<string>(cursor, 10);
        await CheckpointComesToAsync(bench, 10);
        for (var i = 10; i < 15; i++) await bench.WriteAsync("a", $"{i}");
        var messages = await bench.Receiver.GetQueueMessagesAsync(100);
        bench.Cache.AddToCache(messages);
        QueueBench.Drain<string>(cursor);
        await bench.RestartAsync(inOrder: false);

        var again = await bench.DrainAsync<string>(bench.Cursor("a"), 5);
        Assert.Equal(["10", "11", "12", "13", "14"], again.Select(e => e.Event));
    }

    [Fact]
    public async Task A_cursor_at_a_time_begins_with_the_first_batch_published_then_or_later()
    {
        await using var bench = await QueueBench.StartAsync(o => o.CacheBytes = 64 << 10);
        for (var i = 0; i < 1000; i++) await bench.WriteAsync("a", $"{i}".PadRight(200));
        await bench.PumpUntilAsync(() => bench.Cache.End.Offset == 1000);
        var (stored, _) = await bench.Store.ReadAllAsync(bench.Name);
        foreach (var at in new[] { 0, 500, 999 })
        {
            var micros = stored[at].Timestamp;
            var first = stored.FindIndex(e => e.Timestamp >= micros);
            var token = StreamToken.At(DateTimeOffset.UnixEpoch.AddMicroseconds(micros));
            var events = await bench.DrainAsync<string>(bench.Cursor("a", token), 1000 - first);
            Assert.Equal(Payload.Range(first, 1000 - first), events.Select(e => e.Event.Trim()));
        }
        var future = bench.Cursor("a", StreamToken.At(DateTimeOffset.UtcNow.AddMinutes(1)));
        Assert.False(future.MoveNext());
        await bench.PumpUntilAsync(() => bench.Cache.Lag == 0);
        await bench.WriteAsync("a", "next");
        Assert.Equal("next", Assert.Single(await bench.DrainAsync<string>(future, 1)).Event);
    }

    [Fact]
    public async Task What_another_reader_of_the_queues_stream_counts_on_is_not_given_up()
    {
        await using var bench = await QueueBench.StartAsync(o => o.ReplayAge = TimeSpan.Zero);
        var cursor = bench.Cursor("a");
        await bench.WriteAsync("a", "0");
        await bench.Store.WriteCheckpointAsync(bench.Name, new ReaderCheckpoint("uplink", new StreamPosition(0, 0)));
        for (var i = 1; i < 300; i++) await bench.WriteAsync("a", $"{i}".PadRight(1000));
        await bench.DrainAsync<string>(cursor, 300);
        await CheckpointComesToAsync(bench, 300);
        for (var i = 0; i < 5; i++) await PauseAndPumpAsync(bench);
        Assert.Equal(0, (await bench.Store.DescribeAsync(bench.Name))!.Head.Offset);

        await bench.Store.WriteCheckpointAsync(bench.Name, new ReaderCheckpoint("uplink", StreamPosition.Latest));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await bench.Store.DescribeAsync(bench.Name))!.Head.Offset == 0)
        {
            Assert.False(deadline.IsCancellationRequested, "Nothing was given up.");
            await PauseAndPumpAsync(bench);
        }
    }

    [Fact]
    public async Task Lag_gaps_and_reading_back_are_measured()
    {
        var figures = new Dictionary<string, long>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == StreamMetrics.MeterName) self.EnableMeasurementEvents(instrument);
        };
        var mine = new StreamName("orleans", "measured-0").ToString();
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key != "stream" || tag.Value as string != mine) continue;
                lock (figures)
                {
                    figures[instrument.Name] = instrument.IsObservable ? value : figures.GetValueOrDefault(instrument.Name) + value;
                }
            }
        });
        listener.Start();
        await using var bench = await QueueBench.StartAsync(
            o => (o.CacheBytes, o.Stream) = (64 << 10, new StreamOptions { SegmentBytes = 64 << 10, MaxBytes = 256 << 10 }), "measured");
        var (fast, stuck) = (bench.Cursor("a"), bench.Cursor("a"));
        for (var i = 0; i < 1000; i++)
        {
            await bench.WriteAsync("a", $"{i}".PadRight(1000));
            await bench.DrainAsync<string>(fast, 1);
        }
        listener.RecordObservableInstruments();
        Assert.Equal(1000, figures["weir.streams.queue.lag"]);
        Assert.Equal(1000, figures["weir.streams.appended"]);
        Assert.True(figures["weir.streams.let_go"] > 500);
        Assert.InRange(figures["weir.streams.size"], 64 << 10, 256 << 10);

        var rest = await bench.DrainAsync<string>(stuck, 1000 - (int)figures["weir.streams.let_go"]);
        Assert.Equal("999", rest[^1].Event.Trim());
        listener.RecordObservableInstruments();
        Assert.Equal(1, figures["weir.streams.queue.gaps"]);
        Assert.Equal(figures["weir.streams.let_go"], figures["weir.streams.queue.lost"]);
        Assert.True(figures["weir.streams.queue.read_back"] > 0);
        Assert.InRange(figures["weir.streams.queue.lag"], 0, 1);
    }

    [Fact]
    public async Task A_stream_that_is_silent_does_not_hold_the_checkpoint_back()
    {
        await using var bench = await QueueBench.StartAsync();
        var (silent, busy) = (bench.Cursor("silent"), bench.Cursor("busy"));
        await bench.WriteAsync("silent", "one");
        await bench.DrainAsync<string>(silent, 1);
        for (var i = 0; i < 20; i++) await bench.WriteAsync("busy", $"{i}");
        await bench.DrainAsync<string>(busy, 20);

        await CheckpointComesToAsync(bench, 21);
    }

    [Fact]
    public async Task A_batch_that_was_read_but_not_delivered_holds_the_checkpoint()
    {
        await using var bench = await QueueBench.StartAsync();
        var (stuck, busy) = (bench.Cursor("stuck"), bench.Cursor("busy"));
        await bench.WriteAsync("stuck", "had");
        await bench.DrainAsync<string>(stuck, 1);
        await bench.WriteAsync("busy", "0");
        await bench.DrainAsync<string>(busy, 1);
        await CheckpointComesToAsync(bench, 2);

        await bench.WriteAsync("stuck", "not had");
        for (var i = 0; i < 20; i++) await bench.WriteAsync("busy", $"{i}");
        await bench.DrainAsync<string>(busy, 20);
        await bench.RestartAsync();

        Assert.Equal(["not had"], (await bench.DrainAsync<string>(bench.Cursor("stuck"), 1)).Select(e => e.Event));
    }

    [Fact]
    public async Task A_subscription_that_goes_back_does_not_take_the_checkpoint_with_it()
    {
        await using var bench = await QueueBench.StartAsync();
        var cursor = bench.Cursor("a");
        for (var i = 0; i < 10; i++) await bench.WriteAsync("a", $"{i}");
        var all = await bench.DrainAsync<string>(cursor, 10);
        await CheckpointComesToAsync(bench, 10);
        Assert.Equal("2", QueueBench.Drain<string>(bench.Cursor("a", all[2].Token), 1)[0].Event);
        await bench.RestartAsync();

        Assert.Equal(10, (await bench.Store.ReadCheckpointAsync(bench.Name, QueueBench.Provider))!.Position.Offset);
    }

    [Fact]
    public async Task A_former_owner_of_the_queue_stops()
    {
        await using var bench = await QueueBench.StartAsync();
        var cursor = bench.Cursor("a");
        await bench.WriteAsync("a", "1");
        var (cache, receiver) = await bench.TakeOverAsync();
        await bench.PumpUntilAsync(() =>
            QueueBench.Drain<string>(cursor).Count >= 0 && bench.Logs.Any(l => l.Contains("another owner", StringComparison.Ordinal)));

        Assert.Empty(await bench.PumpAsync());
        var messages = await receiver.GetQueueMessagesAsync(100);
        cache.AddToCache(messages);
        Assert.Single(messages);
        await receiver.Shutdown(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task What_all_have_had_is_given_up_outside_the_replay_window_only()
    {
        await using var bench = await QueueBench.StartAsync(o => o.ReplayBytes = 256 << 10);
        var (done, slow) = (bench.Cursor("a"), bench.Cursor("a"));
        var text = new string('x', 1000);
        for (var i = 0; i < 1000; i++) await bench.WriteAsync("a", text);
        await bench.DrainAsync<string>(done, 1000);
        for (var i = 0; i < 5; i++) await PauseAndPumpAsync(bench);
        Assert.Equal(0, (await bench.Store.DescribeAsync(bench.Name))!.Head.Offset);

        await bench.DrainAsync<string>(slow, 1000);
        StreamDescription description;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        do
        {
            Assert.False(deadline.IsCancellationRequested, "Nothing was given up.");
            await PauseAndPumpAsync(bench);
            description = (await bench.Store.DescribeAsync(bench.Name))!;
        }
        while (description.Head.Offset == 0);
        Assert.InRange(1000 - description.Head.Offset, 200, 500);
        Assert.True(description.Bytes >= 256 << 10);
    }

    [Fact]
    public async Task A_subscription_to_what_is_gone_begins_behind_it_and_the_log_names_the_range()
    {
        await using var bench = await QueueBench.StartAsync(o =>
        {
            o.CacheBytes = 64 << 10;
            o.Stream = new StreamOptions { SegmentBytes = 64 << 10, MaxBytes = 256 << 10 };
        });
        var cursor = bench.Cursor("a");
        for (var i = 0; i < 1000; i++)
        {
            await bench.WriteAsync("a", $"{i}".PadRight(1000));
            await bench.DrainAsync<string>(cursor, 1);
        }
        var head = (await bench.Store.DescribeAsync(bench.Name))!.Head.Offset;
        Assert.InRange(head, 1, 999);

        var late = await bench.DrainAsync<string>(bench.Cursor("a", new StreamToken(new StreamPosition(0, 0))), (int)(1000 - head));
        Assert.Equal($"{head}", late[0].Event.Trim());
        Assert.Contains(bench.Logs, l => l.Contains($"skips 0:0 to 0:{head}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_that_no_provider_wrote_is_skipped_and_named()
    {
        await using var bench = await QueueBench.StartAsync();
        var cursor = bench.Cursor("a");
        await bench.Store.AppendAsync(bench.Name, Payload.Batch("something else"));
        await bench.WriteAsync("a", "mine");

        Assert.Equal("mine", Assert.Single(await bench.DrainAsync<string>(cursor, 1)).Event);
        Assert.Contains(bench.Logs, l => l.Contains("has something at 0:0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_of_another_provider_is_refused()
    {
        await using var bench = await QueueBench.StartAsync();
        Assert.Throws<ArgumentException>(() => bench.Cursor("a", new EventSequenceTokenV2(5)));
        Assert.True(StreamToken.TryParse("0:5/2", out var token));
        Assert.Equal(new StreamToken(new StreamPosition(0, 5), 2), token);
        Assert.True(token!.CompareTo(new StreamToken(new StreamPosition(0, 5), 1)) > 0);
        Assert.True(token.CompareTo(new StreamToken(new StreamPosition(0, 6))) < 0);
    }

    private static async Task CheckpointComesToAsync(QueueBench bench, long offset)
    {
        ReaderCheckpoint? checkpoint = null;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (checkpoint?.Position.Offset != offset)
        {
            Assert.False(deadline.IsCancellationRequested, $"The checkpoint stays at {checkpoint}.");
            await bench.PumpAsync();
            checkpoint = await bench.Store.ReadCheckpointAsync(bench.Name, QueueBench.Provider);
        }
    }

    private static async Task PauseAndPumpAsync(QueueBench bench)
    {
        await Task.Delay(15);
        await bench.PumpAsync();
    }
}
