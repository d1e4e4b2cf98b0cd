using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Tests.Streams;

public sealed class SimpleQueueCacheTests
{
    private static readonly StreamId s_a = StreamId.Create("s", "a");
    private static readonly StreamId s_b = StreamId.Create("s", "b");

    [Fact]
    public void A_cursor_gives_the_batches_of_its_stream_from_a_place_on()
    {
        var cache = new SimpleQueueCache(100, NullLogger.Instance);
        cache.AddToCache([Batch(s_a, 1), Batch(s_b, 2), Batch(s_a, 3), Batch(s_a, 4)]);

        using var cursor = cache.GetCacheCursor(s_a, new EventSequenceTokenV2(2));

        Assert.Equal([3, 4], Rest(cursor));
        cache.AddToCache([Batch(s_b, 5), Batch(s_a, 6)]);
        Assert.False(cursor.MoveNext());
        cursor.Refresh(new EventSequenceTokenV2(6));
        Assert.Equal([6], Rest(cursor));
    }

    [Fact]
    public void Batches_stay_until_every_cursor_has_passed_them()
    {
        var cache = new SimpleQueueCache(10, NullLogger.Instance);
        cache.AddToCache([Batch(s_a, 1), Batch(s_a, 2), Batch(s_a, 3)]);
        using var fast = cache.GetCacheCursor(s_a, new EventSequenceTokenV2(1));
        using var slow = cache.GetCacheCursor(s_a, new EventSequenceTokenV2(1));
        Rest(fast);

        Assert.False(cache.TryPurgeFromCache(out _));
        slow.MoveNext();
        slow.MoveNext();
        Assert.True(cache.TryPurgeFromCache(out var first));
        Rest(slow);
        Assert.True(cache.TryPurgeFromCache(out var rest));

        Assert.Equal([1], first.Select(batch => batch.SequenceToken.SequenceNumber));
        Assert.Equal([2, 3], rest.Select(batch => batch.SequenceToken.SequenceNumber));
        Assert.Equal(0, cache.Size);
    }

    [Fact]
    public void A_slow_cursor_puts_a_full_cache_under_pressure_until_it_moves_on()
    {
        var cache = new SimpleQueueCache(20, NullLogger.Instance);
        cache.AddToCache([Batch(s_a, 0)]);
        using var slow = cache.GetCacheCursor(s_a, new EventSequenceTokenV2(0));
        var number = 0;
        while (!cache.IsUnderPressure())
        {
            cache.AddToCache([.. Enumerable.Range(0, cache.GetMaxAddCount()).Select(_ => Batch(s_a, ++number))]);
        }

        Assert.InRange(cache.Size, 18, 20);
        Assert.False(cache.TryPurgeFromCache(out _));
        Rest(slow);
        Assert.True(cache.TryPurgeFromCache(out _));
        Assert.False(cache.IsUnderPressure());
    }

    [Fact]
    public void A_place_that_was_purged_is_missed_and_a_full_cache_takes_no_more()
    {
        var cache = new SimpleQueueCache(10, NullLogger.Instance);
        cache.AddToCache([Batch(s_a, 1), Batch(s_a, 2)]);
        Assert.True(cache.TryPurgeFromCache(out _));
        cache.AddToCache([Batch(s_b, 7), Batch(s_a, 8)]);

        var error = Assert.Throws<QueueCacheMissException>(() => cache.GetCacheCursor(s_a, new EventSequenceTokenV2(1)));
        Assert.Contains("SeqNum=1", error.Requested, StringComparison.Ordinal);
        Assert.Throws<CacheFullException>(
            () => cache.AddToCache([.. Enumerable.Range(9, 20).Select(i => Batch(s_a, i))]));
    }

    [Fact]
    public void A_failed_batch_is_not_reported_as_delivered()
    {
        var cache = new SimpleQueueCache(10, NullLogger.Instance);
        cache.AddToCache([Batch(s_a, 1), Batch(s_a, 2)]);
        using var cursor = cache.GetCacheCursor(s_a, new EventSequenceTokenV2(1));
        cursor.MoveNext();
        cursor.RecordDeliveryFailure();
        Rest(cursor);

        Assert.True(cache.TryPurgeFromCache(out var purged));

        Assert.Equal(2, purged.Single().SequenceToken.SequenceNumber);
    }

    [Fact]
    public void The_mapper_spreads_streams_evenly_and_always_alike()
    {
        var mapper = new HashRingBasedStreamQueueMapper(new() { TotalQueueCount = 8 }, "Weir");
        var counts = Enumerable.Range(0, 8000)
            .CountBy(i => mapper.GetQueueForStream(StreamId.Create("ns", $"{i}")).GetNumericId())
            .ToDictionary();

        Assert.Equal(8, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 800, 1200));
        Assert.Equal("weir-0", mapper.GetAllQueues().First().ToString());

        // The bytes of XXH32("nskey", seed 0) in the order in which Orleans takes them, so that both runtimes and all releases put the stream on the same queue.
        Assert.Equal(ExpectedHashOfNsKey, unchecked((uint)StreamId.Create("ns", "key").GetHashCode()));
    }

    private const uint ExpectedHashOfNsKey = 0xAB186B01;

    private static List<long> Rest(IQueueCacheCursor cursor)
    {
        List<long> numbers = [];
        while (cursor.MoveNext()) numbers.Add(cursor.GetCurrent(out _)!.SequenceToken.SequenceNumber);
        return numbers;
    }

    private static ScriptedBatch Batch(StreamId streamId, int number) =>
        new(streamId, [$"{number}"], new EventSequenceTokenV2(number));
}
