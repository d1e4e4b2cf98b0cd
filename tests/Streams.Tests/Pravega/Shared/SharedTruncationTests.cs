using Weir.Pravega;
using Weir.Streams.Pravega.Shared;

namespace Weir.Streams.Tests.Pravega.Shared;

public sealed class SharedTruncationTests
{
    private static readonly ScopedStream Stream = new("orleans", "events");

    // In the first epoch two halves; then one of all, then two again.
    private static readonly SegmentRange Left = Range(0, 0, 0, 0.5), Right = Range(1, 0, 0.5, 1), All = Range(2, 1, 0, 1);
    private static readonly SegmentRange First = Range(3, 2, 0, 0.25), Rest = Range(4, 2, 0.25, 1);

    [Fact]
    public void The_slowest_queue_of_a_segment_counts() =>
        AssertCut([(Left, 10), (Right, 5)], [(Left, 30)], [(Left, 10)], [(Right, 5)], [(Right, 70)]);

    [Fact]
    public void A_segment_that_follows_one_that_is_still_needed_is_left_out() =>
        AssertCut([(All, 10)], [(All, 10)], [(First, 3), (Rest, 4)], [(Rest, 9)]);

    [Fact]
    public void A_queue_that_waits_for_a_merge_keeps_both_halves() =>
        AssertCut([(Left, 100), (Right, 7)], [(Left, 100), (Right, 7)], [(Right, 9)]);

    [Fact]
    public void There_is_no_cut_where_one_half_of_a_merge_is_needed_and_the_other_has_been_passed() =>
        Assert.Null(SharedTruncation.Together(Stream, [[(Left, 10)], [(All, 0)]]));

    [Fact]
    public void There_is_no_cut_where_a_part_of_the_keys_is_not_told() =>
        Assert.Null(SharedTruncation.Together(Stream, [[(First, 1)]]));

    private static void AssertCut((SegmentRange Range, long Offset)[] expected, params (SegmentRange, long)[][] queues) => Assert.Equal(
        new StreamCut(Stream, expected.Select(e => KeyValuePair.Create(e.Range.Segment.Id, e.Offset))), SharedTruncation.Together(Stream, queues));

    private static SegmentRange Range(int number, int epoch, double low, double high) => new(StreamSegment.Of(Stream, number, epoch), low, high);
}
