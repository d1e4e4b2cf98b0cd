using System.Buffers.Binary;
using System.Text;
using Weir.Pravega;
using Weir.Streams.Pravega;

namespace Weir.Streams.Tests.Pravega;

/// <summary>What only a store in Pravega has: several processes at once, scaling by an operator, other clients.</summary>
public sealed class PravegaStoreInClustersTests(SharedPravega shared) : IAsyncLifetime
{
    private static readonly StreamName Name = new("shop", "floor");
    private readonly string prefix = $"c{Guid.NewGuid():N}-";
    private PravegaStreamStore one = null!, other = null!;
    private PravegaClient client = null!;

    private ScopedStream InPravega => new(prefix + Name.Scope, Name.Stream);

    public async ValueTask InitializeAsync()
    {
        var options = new PravegaStoreOptions { Controller = await shared.ControllerAsync(), ScopePrefix = prefix };
        (one, other, client) = (new PravegaStreamStore(options), new PravegaStreamStore(options), new PravegaClient(options.Controller));
        Assert.True(await one.CreateAsync(Name, new StreamOptions { SegmentBytes = 64 << 10 }));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[one, other, client])
        {
            if (part is not null) await part.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_processes_write_to_a_stream_and_each_reads_all_of_it_in_one_order()
    {
        Assert.False(await other.CreateAsync(Name, new StreamOptions { SegmentBytes = 64 << 10 }));
        await Task.WhenAll(((IStreamStore[])[one, other]).Select(async (store, s) =>
        {
            await using var writer = await store.OpenWriterAsync(Name, Guid.NewGuid());
            for (var i = 0; i < 100; i++) await writer.AppendAsync(Payload.Batch($"{s}-{i:D3}a", $"{s}-{i:D3}b"));
        }));
        var read = await one.TextsAsync(Name);
        Assert.Equal(read, await other.TextsAsync(Name));
        Assert.Equal(400, read.Length);
        // A batch is never torn by another.
        for (var i = 0; i < read.Length; i += 2) Assert.Equal(read[i][..^1] + "b", read[i + 1]);
    }

    [Fact]
    public async Task A_former_owner_in_another_process_is_fenced()
    {
        await one.WriteCheckpointAsync(Name, new ReaderCheckpoint("queue", new StreamPosition(0, 5), Owner: 1));
        await other.WriteCheckpointAsync(Name, new ReaderCheckpoint("queue", new StreamPosition(0, 7), Owner: 2));
        var told = await Assert.ThrowsAsync<StreamFencedException>(() =>
            one.WriteCheckpointAsync(Name, new ReaderCheckpoint("queue", new StreamPosition(0, 6), Owner: 1)));
        Assert.Contains("belongs to owner version 2", told.Message, StringComparison.Ordinal);
        Assert.Equal(new StreamPosition(0, 7), (await one.ReadCheckpointAsync(Name, "queue"))!.Position);
    }

    [Fact]
    public async Task What_is_truncated_is_gone_in_steps_of_a_segments_worth_and_a_reader_meets_a_gap()
    {
        for (var i = 0; i < 30; i++) await one.AppendAsync(Name, Payload.Batch($"{i:D2}".PadRight(10_000)));
        var (events, _) = await one.ReadAllAsync(Name);
        await one.TruncateAsync(Name, events[2].Position);
        Assert.Equal(events[0].Position, (await one.DescribeAsync(Name))!.Head);
        await one.TruncateAsync(Name, events[20].Position);
        Assert.Equal(events[20].Position, (await other.DescribeAsync(Name))!.Head);

        var (left, gaps) = await other.ReadAllAsync(Name, events[3].Position);
        Assert.Equal((GapCause.Truncated, events[3].Position, events[20].Position), (gaps[0].Cause, gaps[0].From, gaps[0].To));
        Assert.Equal(events.Skip(20).Select(e => e.Text()), left.Select(e => e.Text()));
        // What lies behind the end has never been there.
        var (_, behind) = await other.ReadAllAsync(Name, new StreamPosition(0, 99_000_000));
        Assert.Equal(GapCause.Corrupt, behind[0].Cause);
        Assert.Equal(99_000_000, behind[0].From.Offset);
    }

    [Fact]
    public async Task A_stream_that_an_operator_scales_goes_on_in_the_next_epoch()
    {
        var id = Guid.NewGuid();
        await using var writer = await one.OpenWriterAsync(Name, id);
        await using var reader = await other.OpenReaderAsync(Name, StreamPosition.Earliest);
        var before = await writer.AppendAsync(Payload.Batch("before"));
        await client.Controller.ScaleAsync(InPravega, [0], [(0, 1)]);
        var after = await writer.AppendAsync(Payload.Batch("after"));

        Assert.True(before.Next < after.First);
        Assert.Equal(1, after.First.Epoch);
        Assert.Equal(["before"], (await reader.ReadAsync()).Texts());
        Assert.Equal(["after"], (await reader.ReadAsync()).Texts());
        Assert.Equal(["before", "after"], await other.TextsAsync(Name, before.First));
        Assert.Equal(["after"], await other.TextsAsync(Name, before.Next));
        Assert.Equal(["after"], await other.TextsAsync(Name, after.First));
        await using var again = await other.OpenWriterAsync(Name, id);
        Assert.Equal(1, again.LastEventNumber);
    }

    [Fact]
    public async Task A_stream_that_somebody_has_scaled_to_several_segments_says_so()
    {
        await client.Controller.ScaleAsync(InPravega, [0], [(0, 0.5), (0.5, 1)]);
        var told = await Assert.ThrowsAsync<StreamStoreException>(() => one.OpenReaderAsync(Name, StreamPosition.Latest));
        Assert.Contains("has 2 segments in Pravega", told.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StreamStoreException>(() => one.OpenWriterAsync(Name, Guid.NewGuid()));
    }

    [Fact]
    public async Task A_search_by_time_in_another_process_passes_over_what_a_writer_has_written()
    {
        var ends = await AppendMegabytesAsync(15, _ => 0);
        var (opened, found) = await FindAsync(14);
        Assert.Equal(ends[13], found);
        // Parts have four megabytes; the last is not told yet.
        Assert.Equal(ends[11], Assert.Single(opened));
        Assert.Equal(new StreamPosition(0, 0), (await FindAsync(0)).Found);
    }

    [Fact]
    public async Task What_several_writers_have_written_at_once_is_read_by_the_first_search_only()
    {
        var ends = await AppendMegabytesAsync(15, i => i % 2);
        var (opened, found) = await FindAsync(15);
        Assert.Equal((ends[14], new StreamPosition(0, 0)), (found, Assert.Single(opened)));
        (opened, found) = await FindAsync(15);
        Assert.Equal(ends[14], found);
        Assert.True(Assert.Single(opened).Offset > 10 << 20);
    }

    [Fact]
    public async Task The_index_by_time_goes_with_its_stream()
    {
        await AppendMegabytesAsync(10, _ => 0);
        await one.DeleteAsync(Name);
        await one.CreateAsync(Name, new StreamOptions());
        await one.AppendAsync(Name, new EventBatch(new[] { Payload.Event("new", 3) }));
        var (opened, found) = await FindAsync(3);
        Assert.Equal((new StreamPosition(0, 0), new StreamPosition(0, 0)), (found, Assert.Single(opened)));
    }

    // One event of a megabyte after another, the time of each one more; where each ends.
    private async Task<List<StreamPosition>> AppendMegabytesAsync(int count, Func<int, int> writerOf)
    {
        var ends = new List<StreamPosition>();
        await using var first = await one.OpenWriterAsync(Name, Guid.NewGuid());
        await using var second = await other.OpenWriterAsync(Name, Guid.NewGuid());
        for (var i = 0; i < count; i++)
        {
            var batch = new EventBatch(new[] { Payload.Event(new string('x', 1 << 20), i) });
            ends.Add((await (writerOf(i) == 0 ? first : second).AppendAsync(batch)).Next);
        }
        return ends;
    }

    // As another process finds it, and from where it has read.
    private async Task<(List<StreamPosition> Opened, StreamPosition Found)> FindAsync(long timestamp)
    {
        var opened = new List<StreamPosition>();
        var description = (await other.DescribeAsync(Name))!;
        var found = await other.TimesOf(InPravega).FindAsync(timestamp, description.Head, description.Tail, from =>
        {
            opened.Add(from);
            return other.OpenReaderAsync(Name, from);
        }, TestContext.Current.CancellationToken);
        Assert.Equal(found, await one.FindAsync(Name, timestamp));
        return (opened, found);
    }

    [Fact]
    public async Task Another_Pravega_client_reads_time_and_payload()
    {
        await one.AppendAsync(Name, new EventBatch(new[] { Payload.Event("hello", 17) }));
        await using var reader = await client.OpenReaderAsync(InPravega);
        using var events = await reader.ReadAsync();
        foreach (var written in events!)
        {
            Assert.Equal(17, BinaryPrimitives.ReadInt64BigEndian(written.Payload.Span));
            Assert.Equal("hello", Encoding.UTF8.GetString(written.Payload.Span[8..]));
        }
    }
}
