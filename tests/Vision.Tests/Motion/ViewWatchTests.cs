using Weir.Vision.Motion;

namespace Weir.Vision.Tests.Motion;

public sealed class ViewWatchTests
{
    private const int Side = 64;
    private readonly ViewWatch watch = new();
    private long time;

    [Fact]
    public void A_camera_that_is_covered_is_told_once_and_when_it_sees_again()
    {
        Assert.Empty(Show(Street, 5));
        Assert.Equal([ViewChange.Covered], Show(Black, 10));
        Assert.Equal([ViewChange.Clear], Show(Street, 10));
    }

    [Fact]
    public void A_camera_that_is_turned_is_told_once()
    {
        Assert.Empty(Show(Street, 5));
        Assert.Equal([ViewChange.Moved], Show(Turned, 20));
        Assert.Equal([ViewChange.Moved], Show(Street, 20));
    }

    [Fact]
    public void Something_that_passes_before_the_camera_is_neither()
    {
        Assert.Empty(Show(Street, 5));
        Assert.Empty(Show(Black, 2));
        Assert.Empty(Show(Turned, 4));
        Assert.Empty(Show(Street, 10));
    }

    [Fact]
    public void Evening_is_no_move()
    {
        Assert.Empty(Show(Street, 5));
        for (var step = 0; step < 20; step++) Assert.Empty(Show((x, y) => Street(x, y) * (1 - step * 0.04), 2));
    }

    [Fact]
    public void A_camera_that_has_only_seen_the_dark_is_not_covered() => Assert.Empty(Show(Black, 20));

    private static double Street(int x, int y) => y < 20 ? 180 : x < 30 ? 60 : 120;

    private static double Turned(int x, int y) => x > 40 ? 190 : y > 30 ? 140 : 40;

    private static double Black(int x, int y) => 6;

    /// <summary>Shows a picture for some seconds, and gives what is told.</summary>
    private List<ViewChange> Show(Func<int, int, double> brightness, int seconds)
    {
        var pixels = new byte[Side * Side * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)brightness(i / 3 % Side, i / 3 / Side);
        var thumbnail = new Thumbnail(Side, Side);
        thumbnail.Fill(pixels);
        var told = new List<ViewChange>();
        for (var frame = 0; frame < seconds * 5; frame++)
        {
            if (watch.Look(thumbnail, time += 200_000) is not ViewChange.None and var change) told.Add(change);
        }
        return told;
    }
}
