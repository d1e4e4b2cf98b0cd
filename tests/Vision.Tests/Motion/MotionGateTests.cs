using Weir.Vision.Motion;

namespace Weir.Vision.Tests.Motion;

public sealed class MotionGateTests
{
    private const int Side = 64;
    private const long Frame = 100_000;
    private static readonly MotionOptions Options = new() { HoldFor = TimeSpan.FromSeconds(1), LookEvery = TimeSpan.FromSeconds(30) };
    private readonly Random random = new(20261127);

    [Fact]
    public void A_thumbnail_is_the_mean_of_its_blocks()
    {
        // 300 x 150 pixels have blocks of 3 x 3: every pixel of a block is its number, but one colour.
        var pixels = new byte[300 * 150 * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i % 3 == 1 ? 0 : (i / 3 % 300 / 3 + i / 3 / 300 / 3) % 200);
        var thumbnail = new Thumbnail(300, 150);

        thumbnail.Fill(pixels);

        Assert.Equal((100, 50), (thumbnail.Width, thumbnail.Height));
        for (var y = 0; y < 50; y++)
            for (var x = 0; x < 100; x++) Assert.Equal((x + y) % 200 * 2 / 3, thumbnail.Grey[y * 100 + x]);
    }

    [Fact]
    public void The_gate_opens_with_motion_holds_and_closes()
    {
        var gate = Gate();
        Assert.True(gate.Look(Picture(), 0).IsOpen);
        for (var n = 1; n <= 30; n++) Assert.False(gate.Look(Picture(), n * Frame).IsOpen);

        var moved = gate.Look(Picture(square: 10), 31 * Frame);

        Assert.True(moved.IsOpen);
        Assert.InRange(moved.Area, 0.02, 0.03);
        for (var n = 32; n <= 41; n++) Assert.True(gate.Look(Picture(), n * Frame).IsOpen);
        Assert.False(gate.Look(Picture(), 42 * Frame).IsOpen);
    }

    [Fact]
    public void The_model_looks_now_and_then_while_nothing_moves()
    {
        var gate = Gate(Options with { LookEvery = TimeSpan.FromSeconds(1) });

        var open = Enumerable.Range(0, 41).Where(n => gate.Look(Picture(), n * Frame).IsOpen);

        Assert.Equal([0, 10, 20, 30, 40], open);
    }

    [Fact]
    public void Noise_of_a_camera_at_night_is_no_motion_once_it_is_known()
    {
        var gate = Gate();
        for (var n = 0; n < 200; n++) gate.Look(Picture(noise: 12), n * Frame);

        Assert.All(Enumerable.Range(200, 100).Select(n => gate.Look(Picture(noise: 12), n * Frame).Area), area => Assert.InRange(area, 0, 0.0024));
        Assert.InRange(gate.Look(Picture(noise: 12, square: 10), 300 * Frame).Area, 0.015, 0.04);
    }

    [Fact]
    public void Light_that_changes_slowly_is_no_motion()
    {
        var gate = Gate();

        var areas = Enumerable.Range(0, 600).Select(n => gate.Look(Picture(light: n / 10), n * Frame).Area);

        Assert.All(areas, area => Assert.Equal(0, area));
    }

    [Fact]
    public void Light_that_is_switched_on_is_motion_once_and_background_then()
    {
        var gate = Gate();
        for (var n = 0; n < 10; n++) gate.Look(Picture(), n * Frame);

        Assert.Equal(1, gate.Look(Picture(light: 90), 10 * Frame).Area);
        Assert.Equal(0, gate.Look(Picture(light: 90), 11 * Frame).Area);
    }

    [Fact]
    public void What_stays_becomes_background()
    {
        var gate = Gate();
        gate.Look(Picture(), 0);

        var areas = Enumerable.Range(1, 1200).Select(n => gate.Look(Picture(square: 10), n * Frame).Area).ToList();

        Assert.InRange(areas[0], 0.02, 0.03);
        Assert.Equal(0, areas[^1]);
    }

    [Fact]
    public void Motion_behind_a_mask_does_not_count()
    {
        var watched = Enumerable.Range(0, Side * Side).Select(i => i % Side < 32 ? (short)0 : (short)-1).ToArray();
        var gate = new MotionGate(Options, watched);
        gate.Look(Picture(), 0);

        Assert.Equal(0, gate.Look(Picture(square: 10), Frame).Area);
        Assert.True(gate.Look(Picture(square: 40), 2 * Frame).Area > 0.04);
    }

    private MotionGate Gate(MotionOptions? options = null) => new(options ?? Options, Enumerable.Repeat((short)-1, Side * Side).ToArray());

    /// <summary>Grey with a bright square of 10 x 10 at a column.</summary>
    private short[] Picture(int? square = null, int noise = 0, int light = 0)
    {
        var grey = new short[Side * Side];
        for (var i = 0; i < grey.Length; i++)
        {
            var inside = square is { } left && i % Side >= left && i % Side < left + 10 && i / Side is >= 20 and < 30;
            grey[i] = (short)(100 + light + (inside ? 60 : 0) + (noise > 0 ? random.Next(-noise, noise + 1) : 0));
        }
        return grey;
    }
}
