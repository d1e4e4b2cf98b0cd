using Weir.Vision.Recording;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Recording.Mp4;
using Weir.Vision.Recording.Store;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Recording;

/// <summary>The parts of capture by themselves.</summary>
public sealed class CaptureTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void A_live_fragment_was_taken_when_the_quickest_one_says()
    {
        var clock = new CaptureClock();

        Assert.Equal(1000 * Second, clock.TimeOf(0, Second, 1001 * Second));
        // 300 ms late by the network: the time does not tremble by it.
        Assert.InRange(clock.TimeOf(Second, Second, 1002 * Second + 300_000), 1001 * Second, 1001 * Second + 1_000);
        // 50 ms quicker than any before.
        Assert.Equal(1002 * Second - 50_000, clock.TimeOf(2 * Second, Second, 1003 * Second - 50_000));
        // The clock was set forward by an hour.
        Assert.Equal(4603 * Second, clock.TimeOf(3 * Second, Second, 4604 * Second));
    }

    [Fact]
    public void Times_rise_and_come_back_to_what_the_clock_says()
    {
        Assert.Equal((10, 100), CaptureClock.After(5, 10, 100));
        // Told 30 too late before: this one is told 30 shorter, and the next is right.
        Assert.Equal((40, 70), CaptureClock.After(40, 10, 100));
        Assert.Equal((110, 100), CaptureClock.After(110, 110, 100));
        // The clock was set back by far.
        Assert.Equal((4000, 50), CaptureClock.After(4000, 10, 100));
    }

    [Fact]
    public void A_file_has_the_time_at_which_its_camera_shows_it()
    {
        FileMark? mark = new FileMark(1000 * Second, 30 * Second);
        var pace = new FilePace(() => mark);
        Assert.True(pace.TryOpen());
        Assert.Equal(970 * Second, pace.Begin);

        // Measured a little better since, and a pass ahead.
        mark = new FileMark(1079 * Second, 29 * Second + 20_000);
        Assert.True(pace.Follow(80 * Second));
        Assert.Equal(970 * Second - 20_000, pace.Begin);

        mark = new FileMark(1100 * Second, 0);
        Assert.False(pace.Follow(80 * Second));
        Assert.Equal(1100 * Second, pace.Begin);

        mark = null;
        pace.Next(80 * Second);
        Assert.True(pace.Follow(80 * Second));
        Assert.Equal(1180 * Second, pace.Begin);
        pace.Lose();
        Assert.False(pace.TryOpen());
        pace.Open(2000 * Second);
        Assert.Equal(2000 * Second, pace.Begin);
    }

    [Theory]
    [InlineData("320x240", "libx264", "baseline", "avc1")]
    [InlineData("642x362", "libx264", "high", "avc1")]
    [InlineData("1920x1080", "libx264", "main", "avc1")]
    [InlineData("1280x720", "libx264", "high", "avc1")]
    [InlineData("642x362", "libx265", "main", "hev1")]
    [InlineData("1280x720", "libx265", "main", "hev1")]
    public async Task An_initialisation_tells_codec_and_size_and_takes_other_parameter_sets(string size, string encoder, string profile, string codec)
    {
        using var folder = new TestFolder();
        var (own, other) = (await InitAsync(folder, "352x288", encoder, codec == "avc1" ? "baseline" : profile), await InitAsync(folder, size, encoder, profile));
        var expected = size.Split('x').Select(int.Parse).ToArray();
        Assert.Equal((expected[0], expected[1], codec), (other.Picture.Width, other.Picture.Height, other.Codec));
        Assert.Equal(other.Picture, other.ParameterSets!.ReadSize());

        var changed = own.With(other.ParameterSets);

        Assert.Equal(other.Picture, changed.Picture);
        Assert.True(changed.ParameterSets!.SameAs(other.ParameterSets));
        Assert.Equal(own.Timescale, changed.Timescale);
    }

    [Fact]
    public void A_damaged_stream_is_told_and_not_believed()
    {
        Assert.Throws<Mp4Exception>(() => FragmentBoxes.Parse(new byte[20]));
        Assert.Throws<Mp4Exception>(() => FragmentBoxes.Parse("\0\0\xFF\xFFmoof\0\0\0\0"u8));
        Assert.Throws<Mp4Exception>(() => InitSegment.Parse([0, 0, 0, 12, .. "moov"u8, 0, 0, 0, 0]));
    }

    [Fact]
    public void What_is_kept_begins_and_ends_before_a_keyframe_and_a_late_reason_is_not_too_late()
    {
        using var gate = new ModeGate(RecordingFolder.Options("x") with
        {
            Mode = RecordingMode.Motion, PreRoll = TimeSpan.FromSeconds(1), PostRoll = TimeSpan.Zero,
        });
        // A keyframe every two seconds, a fragment every second.
        List<long> stored = [];
        for (var second = 0; second < 8; second++) Take(second);
        Assert.Empty(stored);

        // Now, at 8 s, it is told that something moved at 5.5 s: what is from 4.5 s on is wanted, which needs the keyframe at 4 s.
        gate.Want(5_500_000, 5_500_000);
        for (var second = 8; second < 12; second++) Take(second);

        // -1 is the end of what is kept.
        Assert.Equal([4, 5, -1], stored);

        void Take(int second)
        {
            var entry = new IndexEntry
            {
                Kind = IndexEntryKind.Fragment, Time = second * Second, Duration = Second, Bytes = 10, IsKeyframe = second % 2 == 0,
            };
            foreach (var kept in gate.Take(new Captured(entry, null, null)))
                stored.Add(kept.Entry.Kind == IndexEntryKind.End ? -1 : kept.Entry.Time / Second);
        }
    }

    private static async Task<InitSegment> InitAsync(TestFolder folder, string size, string encoder, string profile)
    {
        var path = folder[$"{size}.mp4"];
        Ffmpeg.Run(
            "-f", "lavfi", "-i", $"testsrc2=s={size}:r=10", "-frames:v", "2", "-c:v", encoder, "-profile:v", profile, "-pix_fmt", "yuv420p",
            "-movflags", "frag_keyframe+empty_moov+default_base_moof", path);
        await using var file = File.OpenRead(path);
        return (await new FragmentReader(file).ReadInitAsync(TestContext.Current.CancellationToken))!;
    }
}
