using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Tests.Streams;

namespace Orleans.Embedded.Tests.Streams;

public sealed class CachePlaceTests
{
    private static readonly StreamId s_stream = StreamId.Create("s", "a");

    /// <summary>
    /// Orleans' own SimpleQueueCache misses every place that is older than its oldest batch; its pooled cache forgives
    /// one after which nothing was purged, and so does ours: nothing is lost there.
    /// </summary>
    [Fact]
    public void A_place_after_which_nothing_was_purged_is_not_missed()
    {
        var cache = new SimpleQueueCache(10, NullLogger.Instance);
        cache.AddToCache([Batch(1), Batch(2)]);
        Assert.True(cache.TryPurgeFromCache(out _));
        using var waiting = cache.GetCacheCursor(s_stream, new EventSequenceTokenV2(2));
        cache.AddToCache([Batch(7), Batch(8)]);

        waiting.Refresh(new EventSequenceTokenV2(8));

        Assert.True(waiting.MoveNext());
        Assert.Equal(7, waiting.GetCurrent(out _)!.SequenceToken.SequenceNumber);
    }

    private static ScriptedBatch Batch(int number) => new(s_stream, [$"{number}"], new EventSequenceTokenV2(number));
}
