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
        const int Keys = 12, Count = 6000;
        var read = Task.Run(() => NumbersAsync(stream, Count));
        await using var writer = await Client.OpenWriterAsync(stream);
        var scaling = ScaleAsync(stream);
        for (var i = 0; i < Count; i++)
        {
            await writer.EnqueueAsync($"key {i % Keys}", Text(i));
            if (i % 50 == 0 && !scaling.IsCompleted) await Task.Delay(20);
        }
        await writer.FlushAsync(Stop).WaitAsync(Patience);
        await scaling;

        var seen = await read.WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, Count), seen.Order());
        for (var key = 0; key < Keys; key++)
            Assert.Equal(seen.Where(n => n % Keys == key).Order(), seen.Where(n => n % Keys == key));
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

    private async Task ScaleAsync(ScopedStream stream)
    {
        foreach (var count in (int[])[3, 1, 2])
        {
            await Task.Delay(300);
            var current = await Client.Controller.GetCurrentSegmentsAsync(stream, Stop);
            var ranges = Enumerable.Range(0, count).Select(i => ((double)i / count, i == count - 1 ? 1.0 : (double)(i + 1) / count));
            await Client.Controller.ScaleAsync(stream, current.Select(s => s.Segment.Id), ranges, Stop);
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
