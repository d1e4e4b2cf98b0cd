using Microsoft.Extensions.Time.Testing;
using Weir.Vision.Pipeline;

namespace Weir.Vision.Tests.Pipeline;

public sealed class FrameHolesTests
{
    private const long Second = 1_000_000;
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Frames_that_are_missing_while_the_source_goes_on_are_a_hole()
    {
        var holes = Steady(10);

        Assert.Equal(3 * Second, After(holes, 3, Second + 3 * Second));
        Assert.Null(After(holes, 0.1, 4 * Second + Second / 10));
    }

    [Fact]
    public void The_frame_before_a_hole_may_come_with_the_one_after_it()
    {
        var holes = Steady(10);

        Assert.Null(After(holes, 3, Second + Second / 10));
        Assert.Equal(3 * Second - Second / 10, After(holes, 0, 4 * Second));
    }

    [Fact]
    public void A_time_that_is_set_anew_and_frames_that_come_late_are_none()
    {
        var holes = Steady(10);

        // An hour on, in a tenth of a second.
        Assert.Null(After(holes, 0.1, 3600 * Second));
        // Three seconds late, but the next of the frames.
        Assert.Null(After(holes, 3, 3600 * Second + Second / 10));
        // Back, and ahead again.
        Assert.Null(After(holes, 0.1, 0));
        Assert.Null(After(holes, 0.1, 60 * Second));
    }

    [Fact]
    public void A_camera_of_a_frame_every_two_seconds_has_no_holes()
    {
        var holes = new FrameHoles(time);

        for (var i = 0; i < 20; i++) Assert.Null(After(holes, 2, i * 2 * Second));
    }

    private FrameHoles Steady(int frames)
    {
        var holes = new FrameHoles(time);
        for (var i = 0; i <= frames; i++) Assert.Null(After(holes, 0.1, i * Second / 10));
        return holes;
    }

    private long? After(FrameHoles holes, double seconds, long media)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        return holes.Before(media);
    }
}
