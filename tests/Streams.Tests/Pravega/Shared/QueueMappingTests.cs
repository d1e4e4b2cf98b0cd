using Orleans.Runtime;
using Weir.Pravega;
using Weir.Streams.Pravega;
using Weir.Streams.Pravega.Shared;

namespace Weir.Streams.Tests.Pravega.Shared;

public sealed class QueueMappingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1024)]
    public void Every_key_lies_in_the_range_of_its_queue_and_in_no_other(int queues)
    {
        var (ranges, mapper) = (new KeyRanges(queues), new KeyRangeQueueMapper("events", queues));
        double[] bounds = [0, .. Enumerable.Range(1, queues).Select(i => ranges[i - 1].High)];
        foreach (var place in bounds.Concat(bounds.Select(Math.BitIncrement)).Where(place => place <= 1))
            Assert.Equal(place, Single(place));
        for (var i = 0; i < 200; i++)
        {
            var stream = StreamId.Create("ns", $"key {i}");
            Assert.Equal(ranges.QueueOf(stream.ToString()), (int)mapper.GetQueueForStream(stream).GetNumericId());
        }
        Assert.Equal(queues, mapper.GetAllQueues().Count());

        double Single(double place)
        {
            var queue = Assert.Single(Enumerable.Range(0, queues), q => new SegmentRange(default, ranges[q].Low, ranges[q].High).Contains(place));
            Assert.Equal(queue, ranges.QueueOf(place));
            return place;
        }
    }

    [Fact]
    public void Scaling_out_of_range_is_told_with_the_provider()
    {
        Assert.Empty(SharedStreamOptions.Faults("events", new SharedStreamOptions()));
        Assert.Equal(new ScalingPolicy.ByDataRate(10_000, 2, 5), new SharedStreamOptions().ScalingFor(5));
        Assert.Equal(
            [
                "stream provider 'events': Scaling must have a rate of at least 1 a second, but has 0",
                "stream provider 'events': Scaling must split a segment into at least 2, but has a factor of 1",
                "stream provider 'events': Scaling must leave between 1 and 10,000 segments, but has 0",
            ],
            SharedStreamOptions.Faults("events", new SharedStreamOptions { Scaling = new ScalingPolicy.ByEventRate(0, 1, 0) }));
    }
}
