using Weir.Streams;

namespace Weir.Archive.Tests.Rings;

public sealed class MessageRingTests
{
    [Fact]
    public void What_is_not_archived_stays_and_the_next_waits_outside()
    {
        var ring = new MessageRing(new RingOptions { Capacity = 10 });
        for (var number = 1; number <= 10; number++) Assert.True(ring.TryAppend(Block(number)));
        Assert.False(ring.TryAppend(Block(11)));
        Assert.True(ring.IsFull);

        Archive(ring, 3);
        Assert.True(ring.TryAppend(Block(11)));
        Assert.False(ring.IsFull);
        Assert.Equal(new MessageKey(4, 4), ring.Unarchived().Oldest?.First);
        Assert.Equal(8, ring.Unarchived().Size.Messages);
    }

    [Fact]
    public void What_is_archived_stays_as_long_as_there_is_room()
    {
        var ring = new MessageRing(new RingOptions { Capacity = 10 });
        for (var number = 1; number <= 10; number++) ring.TryAppend(Block(number));
        Archive(ring, 10);
        Assert.Equal((10L, new MessageKey(1, 1)), (ring.Contents().Size.Messages, ring.Contents().Oldest));
        Assert.Empty(ring.Cut(10, long.MaxValue));

        for (var number = 11; number <= 14; number++) Assert.True(ring.TryAppend(Block(number)));
        Assert.Equal(new MessageKey(5, 5), ring.Contents().Oldest);
    }

    [Fact]
    public void Bytes_bound_it_too()
    {
        var ring = new MessageRing(new RingOptions { MaxBytes = 64 << 10 });
        var count = 0;
        while (ring.TryAppend(Block(count + 1, bytes: 4 << 10))) count++;
        Assert.InRange(count, 14, 16);
    }

    [Fact]
    public void Age_takes_only_what_is_archived()
    {
        var ring = new MessageRing(new RingOptions { Capacity = 8 });
        for (var number = 1; number <= 8; number++) ring.TryAppend(Block(number));
        Archive(ring, 5);
        ring.DropOlderThan(4);
        Assert.Equal(new MessageKey(4, 4), ring.Contents().Oldest);
        ring.DropOlderThan(100);
        Assert.Equal(new MessageKey(6, 6), ring.Contents().Oldest);
    }

    [Fact]
    public void A_snapshot_stays_what_it_was()
    {
        var ring = new MessageRing(new RingOptions { Capacity = 1_000 });
        for (var number = 1; number <= 500; number++) ring.TryAppend(Block(number));
        var (oldest, pages) = ring.Snapshot(new MessageKey(250, 0));
        for (var number = 501; number <= 3_000; number++)
        {
            Archive(ring, 1_000);
            Assert.True(ring.TryAppend(Block(number)));
        }

        var numbers = pages.SelectMany(page => page.Blocks.ToArray()).Select(block => block.First.Sequence).ToList();
        Assert.Equal(new MessageKey(1, 1), oldest);
        Assert.InRange(numbers[0], 1, 250);
        Assert.Equal(500, numbers[^1]);
        Assert.Equal(numbers.Count, numbers[^1] - numbers[0] + 1);
    }

    [Fact]
    public void The_oldest_that_wait_are_dropped_and_those_being_written_stay()
    {
        var ring = new MessageRing(new RingOptions { Capacity = 10 });
        for (var number = 1; number <= 10; number++) ring.TryAppend(Block(number));
        Archive(ring, 2);
        Assert.Equal([3, 4, 5], ring.Cut(3, long.MaxValue).Select(block => block.First.Sequence));
        var before = Sequences(ring);

        List<long> told = [];
        Assert.Equal((3L, 30L), ring.DropOldest(3, block => told.Add(block.First.Sequence)));
        Assert.Equal([6, 7, 8], told);
        Assert.Equal([1, 2, 3, 4, 5, 9, 10], Sequences(ring));
        Assert.Equal(new StreamPosition(0, 3), ring.DoneTo);

        Assert.Equal((3L, 30L), ring.Archived(new MessageKey(5, 5)));
        Assert.Equal(new StreamPosition(0, 9), ring.DoneTo);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), before);
        ring.DropOldest(100, _ => { });
        Assert.Equal(new StreamPosition(0, 11), ring.DoneTo);
        Assert.Equal([1, 2, 3, 4, 5], Sequences(ring));
    }

    [Fact]
    public void Of_a_cut_that_was_not_all_archived_the_rest_is_cut_again()
    {
        var ring = new MessageRing(new RingOptions { Capacity = 1_000 });
        for (var number = 1; number <= 300; number++) ring.TryAppend(Block(number));
        ring.Cut(200, long.MaxValue);
        Assert.Equal((150L, 1_500L), ring.Archived(new MessageKey(150, 150)));
        Assert.Equal(151, ring.Cut(10, long.MaxValue)[0].First.Sequence);
        ring.Release();
        Assert.Equal(151, ring.Cut(10, long.MaxValue)[0].First.Sequence);
        Assert.Equal((10L, 100L), ring.DropOldest(10, _ => { }));
    }

    private static List<long> Sequences(MessageRing ring) =>
        [.. ring.Snapshot(default).Pages.SelectMany(page => page.Blocks.ToArray()).Select(block => block.First.Sequence)];

    private static void Archive(MessageRing ring, long messages)
    {
        if (ring.Cut(messages, long.MaxValue) is { Count: > 0 } cut) ring.Archived(cut[^1].Last);
    }

    private static RingBlock Block(int number, int bytes = 10) => new(
        new MessageKey(number, number), new MessageKey(number, number), 1, new byte[bytes], new StreamPosition(0, number),
        new StreamPosition(0, number + 1), Arrived: 0);
}
