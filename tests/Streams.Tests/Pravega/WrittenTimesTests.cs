using Weir.Streams.Pravega;

namespace Weir.Streams.Tests.Pravega;

public sealed class WrittenTimesTests
{
    private const long Megabyte = 1 << 20;

    [Fact]
    public void Appends_that_follow_each_other_make_a_part_in_whatever_order_they_are_told()
    {
        var times = new WrittenTimes();
        Assert.Null(Appended(times, 0, 1, 7));
        Assert.Null(Appended(times, 2, 1, 5));
        Assert.Null(Appended(times, 3, 1, 4));
        Assert.Equal(new TimePart(new(0, 0), new(0, 4 * Megabyte), 9, 4 * Megabyte), Appended(times, 1, 1, 9));
        Assert.Equal(new TimePart(new(0, 4 * Megabyte), new(0, 9 * Megabyte), 1, 5 * Megabyte), Appended(times, 4, 5, 1));
    }

    [Fact]
    public void What_another_writer_has_written_between_is_in_no_part()
    {
        var times = new WrittenTimes();
        Appended(times, 0, 1, 7);
        var parts = new List<TimePart>();
        for (var i = 2; i < 200; i++)
        {
            if (Appended(times, i, 1, i) is { } part) parts.Add(part);
        }
        Assert.NotEmpty(parts);
        Assert.All(parts, part =>
        {
            Assert.True(part.From.Offset >= 2 * Megabyte);
            Assert.Equal(part.To.Offset / Megabyte - 1, part.Highest);
        });
    }

    private static TimePart? Appended(WrittenTimes times, long at, long megabytes, long highest) =>
        times.Appended(new StreamRange(new(0, at * Megabyte), new(0, (at + megabytes) * Megabyte)), highest);
}
