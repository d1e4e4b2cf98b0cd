using System.Globalization;
using System.Text;

namespace Weir.Pravega.Tests;

public sealed class ReadWriteTests(SharedServer shared) : OnServer(shared)
{
    [Fact]
    public async Task What_is_written_is_read_in_order()
    {
        var stream = await StreamAsync();
        await using var writer = await Client.OpenWriterAsync(stream);
        for (var i = 0; i < 1000; i++) await writer.EnqueueAsync("key", Text(i));
        await writer.WriteAsync("key", Text(1000));

        Assert.Equal(Enumerable.Range(0, 1001), await NumbersAsync(stream, 1001));
    }

    [Fact]
    public async Task Keys_keep_their_order_over_several_segments()
    {
        var stream = await StreamAsync(segments: 4);
        await using var writer = await Client.OpenWriterAsync(stream);
        for (var i = 0; i < 2000; i++) await writer.EnqueueAsync($"key {i % 10}", Text(i));
        await writer.FlushAsync(Stop);

        var read = await NumbersAsync(stream, 2000);
        Assert.Equal(Enumerable.Range(0, 2000), read.Order());
        for (var key = 0; key < 10; key++)
            Assert.Equal(read.Where(n => n % 10 == key).Order(), read.Where(n => n % 10 == key));
    }

    [Fact]
    public async Task Events_of_any_size_up_to_the_limit_come_back_whole()
    {
        var stream = await StreamAsync();
        await using var writer = await Client.OpenWriterAsync(stream);
        int[] sizes = [0, 1, 1000, 1024, 100_000, 1 << 20, 3_000_000, EventWriter.MostEventBytes, 5];
        foreach (var size in sizes) await writer.WriteAsync(null, Pattern(size), Stop);

        await using var reader = await Client.OpenReaderAsync(stream);
        var seen = new List<int>();
        await foreach (var e in reader.ReadEventsAsync(Stop))
        {
            Assert.True(e.Payload.Span.SequenceEqual(Pattern(e.Payload.Length)));
            seen.Add(e.Payload.Length);
            if (seen.Count == sizes.Length) break;
        }
        Assert.Equal(sizes, seen);
        Assert.Contains("8,388,608", (await Assert.ThrowsAsync<ArgumentException>(async () => await writer.WriteAsync(null, Pattern(EventWriter.MostEventBytes + 1)))).Message);
    }

    [Fact]
    public async Task A_reader_at_the_tail_gets_the_next_event()
    {
        var stream = await StreamAsync();
        await using var writer = await Client.OpenWriterAsync(stream);
        await writer.WriteAsync(null, Text(1));
        await using var reader = await Client.OpenReaderAsync(stream, new EventReaderOptions { FromTail = true });
        var waiting = reader.ReadAsync(Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        await writer.WriteAsync(null, Text(2));

        using var events = await waiting.WaitAsync(Patience);
        Assert.Equal([2], Numbers(events!));
    }

    [Fact]
    public async Task Writers_and_readers_go_on_while_the_stream_is_scaled_up_and_down()
    {
        var stream = await StreamAsync();
        const int Keys = 12;
        var read = Task.Run(() => NumbersAsync(stream, int.MaxValue), Stop);
        var count = await WriteWhileScaledAsync(stream, Keys);

        var seen = await read.WaitAsync(Patience, Stop);
        Assert.Equal(Enumerable.Range(0, count), seen.Order());
        for (var key = 0; key < Keys; key++)
            Assert.Equal(seen.Where(n => n % Keys == key).Order(), seen.Where(n => n % Keys == key));
    }

    [Fact]
    public async Task Readers_that_share_the_keys_and_begin_anew_at_each_position_keep_every_keys_order_over_scales()
    {
        var stream = await StreamAsync();
        const int Keys = 24, Readers = 3;
        var meanwhile = ReadAsync();
        var count = await WriteWhileScaledAsync(stream, Keys);

        // At the tail the segments of a scale end together; later, one after another.
        foreach (var seen in (List<int>[][])[await meanwhile.WaitAsync(Patience, Stop), await ReadAsync().WaitAsync(Patience, Stop)])
        {
            Assert.Equal(Enumerable.Range(0, count), seen.SelectMany(numbers => numbers).Order());
            foreach (var numbers in seen)
            {
                foreach (var ofKey in numbers.GroupBy(n => n % Keys)) Assert.Equal(ofKey.Order(), ofKey);
            }
        }

        Task<List<int>[]> ReadAsync() => Task.WhenAll(Enumerable.Range(0, Readers)
            .Select(r => Task.Run(() => BeginningAnewAsync(stream, (double)r / Readers, (double)(r + 1) / Readers, Keys), Stop)));
    }

    [Fact]
    public async Task A_key_that_rests_while_its_segment_is_merged_and_split_again_is_stored_when_it_comes()
    {
        var stream = await StreamAsync();
        // They lie in different halves of the key space.
        const string Busy = "1", Resting = "a";
        await ScaleAllAsync((0, 0.5), (0.5, 1));
        await using var writer = await Client.OpenWriterAsync(stream);
        await writer.WriteAsync(Resting, Text(0), Stop);
        for (var i = 1; i < 10; i++) await writer.WriteAsync(Busy, Text(i), Stop);
        // Through one segment, which only the busy key sees while it is open, into two others.
        await ScaleAllAsync((0, 1));
        for (var i = 10; i < 20; i++) await writer.WriteAsync(Busy, Text(i), Stop);
        await ScaleAllAsync((0, 0.5), (0.5, 1));
        for (var i = 20; i < 30; i++) await writer.WriteAsync(Busy, Text(i), Stop);

        await writer.WriteAsync(Resting, Text(30), Stop).AsTask().WaitAsync(Patience, Stop);
        await Client.Controller.SealStreamAsync(stream, Stop);
        Assert.Equal(Enumerable.Range(0, 31), (await NumbersAsync(stream, int.MaxValue)).Order());

        async Task ScaleAllAsync(params (double, double)[] ranges)
        {
            var closed = await Client.Controller.GetCurrentSegmentsAsync(stream, Stop);
            await Client.Controller.ScaleAsync(stream, closed.Select(s => s.Segment.Id), ranges, Stop);
        }
    }

    [Fact]
    public async Task A_writer_that_comes_again_under_its_id_stores_what_it_is_given_before_it_is_connected()
    {
        var stream = await StreamAsync();
        var options = new EventWriterOptions { WriterId = Guid.NewGuid() };
        var count = 0;
        foreach (var events in (int[])[10, 3, 4])
        {
            await using var writer = await Client.OpenWriterAsync(stream, options, Stop);
            for (var i = 0; i < events; i++) await writer.EnqueueAsync("a", Text(count++), Stop);
            await writer.FlushAsync(Stop);
        }
        await Client.Controller.SealStreamAsync(stream, Stop);
        Assert.Equal(Enumerable.Range(0, count), await NumbersAsync(stream, int.MaxValue));
    }

    [Fact]
    public async Task A_sealed_stream_takes_no_events_and_its_readers_come_to_the_end()
    {
        var stream = await StreamAsync(segments: 2);
        await using var writer = await Client.OpenWriterAsync(stream);
        for (var i = 0; i < 100; i++) await writer.EnqueueAsync($"{i}", Text(i));
        await writer.FlushAsync(Stop);
        await Client.Controller.SealStreamAsync(stream, Stop);

        var refused = await Assert.ThrowsAsync<PravegaStreamSealedException>(async () =>
        {
            while (true) await writer.WriteAsync("a", Text(1), Stop);
        });
        Assert.Equal((stream.Scope, stream.Stream), (refused.Scope, refused.Stream));
        await Assert.ThrowsAsync<PravegaStreamSealedException>(() => Client.OpenWriterAsync(stream));
        Assert.Equal(Enumerable.Range(0, 100), (await NumbersAsync(stream, int.MaxValue)).Order());
    }

    [Fact]
    public async Task Truncation_takes_the_oldest_and_tells_a_reader_that_was_not_there_yet()
    {
        var stream = await StreamAsync();
        await using var writer = await Client.OpenWriterAsync(stream);
        for (var i = 0; i < 10; i++) await writer.WriteAsync("a", Text(i));
        var cut = await writer.GetPositionAsync(Stop);
        for (var i = 10; i < 20; i++) await writer.WriteAsync("a", Text(i));
        await Client.Controller.TruncateStreamAsync(cut, Stop);

        Assert.Equal(cut, await Client.Controller.GetHeadAsync(stream, Stop));
        Assert.Equal(Enumerable.Range(10, 10), await NumbersAsync(stream, 10));
        await using var late = await Client.OpenReaderAsync(stream, new EventReaderOptions { From = new StreamCut(stream, [KeyValuePair.Create(0L, 0L)]) });
        var told = await Assert.ThrowsAsync<PravegaTruncatedException>(async () => await late.ReadAsync(Stop));
        Assert.Equal(cut.Offsets[0], told.StartOffset);
        using var events = await late.ReadAsync(Stop);
        Assert.Equal(10, Numbers(events!)[0]);
    }

    [Fact]
    public async Task A_reader_goes_on_at_a_position_without_loss_or_repeat()
    {
        var stream = await StreamAsync(segments: 3);
        await using var writer = await Client.OpenWriterAsync(stream);
        for (var i = 0; i < 300; i++) await writer.EnqueueAsync($"{i}", Text(i));
        await writer.FlushAsync(Stop);
        var seen = new List<int>();
        StreamCut position;
        await using (var first = await Client.OpenReaderAsync(stream))
        {
            using (var events = await first.ReadAsync(Stop)) seen.AddRange(Numbers(events!));
            position = first.Position;
        }
        Assert.Equal(position, StreamCut.Parse(position.ToText()));
        await Client.Controller.SealStreamAsync(stream, Stop);
        await using var second = await Client.OpenReaderAsync(stream, new EventReaderOptions { From = position });
        while (await second.ReadAsync(Stop) is { } events) using (events) seen.AddRange(Numbers(events));

        Assert.Equal(Enumerable.Range(0, 300), seen.Order());
    }

    [Fact]
    public async Task A_numbered_writer_finds_after_a_restart_what_it_has_written()
    {
        var stream = await StreamAsync();
        var options = new EventWriterOptions { WriterId = Guid.NewGuid() };
        await using (var writer = await Client.OpenNumberedWriterAsync(stream, options, Stop))
        {
            Assert.Equal(-1, writer.LastNumber);
            var first = await writer.WriteAsync([Text(0), Text(1)], 1, Stop);
            Assert.Equal(0, first.Offset);
            var second = await writer.WriteAsync([Text(2)], 2, Stop);
            Assert.Equal(first.Bytes, second.Offset);
        }
        var open = await Client.Controller.GetCurrentSegmentsAsync(stream, Stop);
        await using (var again = await Client.OpenNumberedWriterAsync(stream, options, Stop)) Assert.Equal(2, again.LastNumber);
        await Client.Controller.ScaleAsync(stream, [open[0].Segment.Id], [(0, 1)], Stop);
        await using var scaled = await Client.OpenNumberedWriterAsync(stream, options, Stop);
        Assert.Equal(2, scaled.LastNumber);
        await scaled.WriteAsync([Text(3)], 3, Stop);
        Assert.Equal(Enumerable.Range(0, 4), await NumbersAsync(stream, 4));
    }

    // Numbers that rise, spread over keys, while segments are split and merged, all of them or some; then the stream is sealed.
    private async Task<int> WriteWhileScaledAsync(ScopedStream stream, int keys)
    {
        await using var writer = await Client.OpenWriterAsync(stream);
        var scaling = ScaleAsync(stream);
        var count = 0;
        do
        {
            for (var i = 0; i < 50; i++, count++) await writer.EnqueueAsync($"key {count % keys}", Text(count), Stop);
            await Task.Delay(20, Stop);
        }
        while (!scaling.IsCompleted);
        await scaling;
        await writer.FlushAsync(Stop).WaitAsync(Patience, Stop);
        await Client.Controller.SealStreamAsync(stream, Stop);
        return count;
    }

    private async Task ScaleAsync(ScopedStream stream)
    {
        // The first segment to close, how many, and into how many: of 1, 3, 4, 3, 1 segments.
        foreach (var (first, neighbours, count) in ((int, int, int)[])[(0, 1, 3), (1, 1, 2), (1, 2, 1), (0, 3, 1), (0, 1, 2)])
        {
            await Task.Delay(100, Stop);
            var closed = (await Client.Controller.GetCurrentSegmentsAsync(stream, Stop)).Skip(first).Take(neighbours).ToArray();
            var (low, high) = (closed[0].Low, closed[^1].High);
            double[] bounds = [.. Enumerable.Range(0, count).Select(i => low + (high - low) * i / count), high];
            await Client.Controller.ScaleAsync(stream, closed.Select(s => s.Segment.Id), bounds.Zip(bounds.Skip(1)), Stop);
        }
    }

    private async Task<List<int>> BeginningAnewAsync(ScopedStream stream, double low, double high, int keys)
    {
        var numbers = new List<int>();
        StreamCut? from = null;
        while (true)
        {
            await using var reader = await Client.OpenReaderAsync(stream, new EventReaderOptions { LowKey = low, HighKey = high, From = from }, Stop);
            if (await reader.ReadAsync(Stop) is not { } events) return numbers;
            var range = new SegmentRange(default, low, high);
            using (events) numbers.AddRange(Numbers(events).Where(n => range.Contains(RoutingKey.Place($"key {n % keys}"))));
            from = reader.Position;
        }
    }

    private async Task<List<int>> NumbersAsync(ScopedStream stream, int count)
    {
        var numbers = new List<int>();
        await using var reader = await Client.OpenReaderAsync(stream);
        while (numbers.Count < count && await reader.ReadAsync(Stop) is { } events)
        {
            using (events) numbers.AddRange(Numbers(events));
        }
        return numbers;
    }

    private static List<int> Numbers(SegmentEvents events)
    {
        var numbers = new List<int>();
        foreach (var one in events) numbers.Add(int.Parse(Encoding.UTF8.GetString(one.Payload.Span), CultureInfo.InvariantCulture));
        return numbers;
    }

    private static byte[] Text(int number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static byte[] Pattern(int size)
    {
        var bytes = new byte[size];
        for (var i = 0; i < size; i++) bytes[i] = (byte)(i * 31 + size);
        return bytes;
    }
}
