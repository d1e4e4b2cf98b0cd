using Weir.Vision.Pipeline;

namespace Weir.Vision.Tests.Pipeline;

public sealed class FrameClockTests
{
    private const long Start = 1_700_000_000_000_000;

    [Fact]
    public void Jitter_of_the_network_does_not_show_in_the_frames_times()
    {
        var clock = new FrameClock(follow: true, last: 0);
        var jitter = new Random(7);

        var times = Enumerable.Range(0, 500).Select(n => clock.TimeOf(n * 40_000L, Start + n * 40_000L + jitter.Next(0, 30_000))).ToList();

        Assert.All(times.Zip(times.Skip(1)).Skip(50), pair => Assert.InRange(pair.Second - pair.First, 38_000, 42_000));
    }

    [Fact]
    public void A_camera_whose_clock_is_slow_is_followed()
    {
        var clock = new FrameClock(follow: true, last: 0);
        // 200 ppm: the camera counts 40,000 µs while 40,008 pass.
        for (var n = 0L; n < 100_000; n++) clock.TimeOf(n * 40_000, Start + n * 40_008);

        Assert.InRange(clock.Last, Start + 99_999 * 40_008L - 50_000, Start + 99_999 * 40_008L);
    }

    [Fact]
    public void Times_rise_even_when_the_source_sets_its_time_back()
    {
        var clock = new FrameClock(follow: true, last: 0);
        var before = clock.TimeOf(60_000_000, Start);

        var after = clock.TimeOf(0, Start + 40_000);

        Assert.Equal(Start, before);
        Assert.Equal(Start + 40_000, after);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_clock_that_is_set_back_makes_times_go_on_slower_until_it_has_caught_up(bool startsAnew)
    {
        const long hour = 3_600_000_000;
        var clock = new FrameClock(follow: true, last: 0);
        for (var n = 0L; n < 100; n++) clock.TimeOf(n * 100_000, Start + n * 100_000);
        var before = clock.Last;
        if (startsAnew) clock = new FrameClock(follow: true, before);

        var times = Enumerable.Range(100, 400_000).Select(n => clock.TimeOf(n * 100_000L, Start - hour + n * 100_000L)).ToList();

        Assert.InRange(times[0], before + 1, before + 100_000);
        Assert.All(times.Take(1000).Zip(times.Skip(1)), pair => Assert.Equal(90_000, pair.Second - pair.First));
        Assert.Equal(Start - hour + 400_099 * 100_000L, times[^1]);
    }

    [Fact]
    public void A_clock_that_is_set_forward_is_followed()
    {
        var clock = new FrameClock(follow: true, last: 0);
        clock.TimeOf(0, Start);

        Assert.Equal(Start + 60_100_000, clock.TimeOf(100_000, Start + 60_100_000));
    }

    [Fact]
    public void Times_rise_across_runs()
    {
        var first = new FrameClock(follow: true, last: 0);
        first.TimeOf(0, Start);

        Assert.Equal(Start + 1, new FrameClock(follow: true, first.Last).TimeOf(0, Start - 500_000));
    }

    [Fact]
    public void A_file_that_is_read_at_once_keeps_its_own_distances()
    {
        var clock = new FrameClock(follow: false, last: 0);
        clock.TimeOf(0, Start);

        Assert.Equal(Start + 5_000_000, clock.TimeOf(5_000_000, Start + 10_000));
    }
}
