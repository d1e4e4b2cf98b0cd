using Weir.Pravega.Writing;

namespace Weir.Pravega.Tests.Writing;

/// <summary>What a writer holds in all its segments together has a bound, and no segment waits for another for good.</summary>
public sealed class WriterLoadTests
{
    private static readonly EventWriterOptions Options = new()
    {
        BlockBytes = 1 << 10, BytesInFlight = 64 << 10, BytesWaiting = 64 << 10, WriterBytesInFlight = 4 << 10, WriterBytesWaiting = 4 << 10,
    };

    private readonly AppendBlockPool pool = new();
    private readonly WriterLoad load = new();

    [Fact]
    public void What_is_in_flight_is_bounded_over_all_segments_but_for_one_block_each()
    {
        var (first, second) = (Queue(1), Queue(2));
        Fill(first, 20);
        Fill(second, 20);

        var sent = Blocks(first);
        Assert.Equal(4, sent.Count);
        Assert.Single(Blocks(second));
        Assert.Equal(5 << 10, load.BytesInFlight);

        // What is acknowledged makes room, also for the other.
        first.Acknowledge(sent[^1], -1);
        Assert.Equal(3, Blocks(second).Count);
        Assert.Equal(4 << 10, load.BytesInFlight);
    }

    [Fact]
    public void Who_adds_waits_for_its_own_segment_only()
    {
        var (slow, other) = (Queue(1), Queue(2));
        Fill(slow, 8);
        Assert.True(slow.IsFull);

        // The writer holds too much already; a segment with nothing waiting takes a block all the same.
        Fill(other, 1);
        Assert.False(other.IsFull);
        Fill(other, 1);
        Assert.True(other.IsFull);
        Assert.False(other.HasRoomAgain);

        // It runs dry while the slow one does not move.
        while (Blocks(other) is { Count: > 0 } sent) other.Acknowledge(sent[^1], -1);
        Assert.True(other.HasRoomAgain);
        Assert.False(slow.HasRoomAgain);
    }

    [Fact]
    public void What_is_moved_failed_or_sent_again_leaves_the_sums_right()
    {
        var (queue, successor) = (Queue(1), Queue(2));
        Fill(queue, 6);
        Blocks(queue);
        queue.Reconnected(-1);
        Assert.Equal((0, 6 << 10), (load.BytesInFlight, load.BytesWaiting));

        queue.MoveTo(new Receiver(successor));
        Assert.Equal((0, 6 << 10), (load.BytesInFlight, load.BytesWaiting));
        Blocks(successor);
        successor.FailAll(new InvalidOperationException());
        Assert.Equal((0, 0), (load.BytesInFlight, load.BytesWaiting));
    }

    private AppendQueue Queue(long number) =>
        new(new StreamSegment(new ScopedStream("scope", "stream"), number), Options, Guid.NewGuid(), pool, load);

    // Events that fill a block each.
    private static void Fill(AppendQueue queue, int blocks)
    {
        for (var i = 0; i < blocks; i++) queue.Add(0, 1 << 10, 1, null);
    }

    // The last numbers of all blocks that may leave now.
    private static List<long> Blocks(AppendQueue queue)
    {
        var sent = new List<long>();
        while (queue.TakeBlock(1) is { } block) sent.Add(block.LastNumber);
        return sent;
    }

    private sealed class Receiver(AppendQueue target) : IAppendReceiver
    {
        public void Take(in AppendUnit unit, ReadOnlySpan<byte> data) => data.CopyTo(target.Add(unit.Place, unit.Bytes, unit.Events, unit.Completion));

        public void TakeMarker(FlushMarker marker) => throw new InvalidOperationException("There are none here.");
    }
}
