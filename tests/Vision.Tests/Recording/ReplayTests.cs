using Weir.Streams;
using Weir.Vision.Recording;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Recording.Replay;
using Weir.Vision.Recording.Retention;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Tests.Recording;

/// <summary>What is done with recorded video: clips, playlists, retention, windows.</summary>
public sealed class ReplayTests : IAsyncDisposable
{
    private const long Second = 1_000_000;
    private readonly RecordingFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    [Fact]
    public async Task A_clip_over_the_end_of_a_file_is_one_file_that_begins_at_0_and_has_no_holes()
    {
        var entries = await RecordAsync(6);

        var clip = await ClipAsync(folder.Video, entries[1].Time + Second / 2, entries[4].Time + Second / 2);

        var probe = Probe.Of(folder.Files.Write("clip.mp4", clip));
        Assert.Equal((40, 0.0), (probe.Frames, probe.Start));
        Assert.InRange(probe.Duration, 3.9, 4.1);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => ClipWriter.WriteAsync(folder.Video, 1, Second, default));
    }

    [Fact]
    public async Task Retention_says_first_what_goes_and_what_stays_begins_with_a_keyframe_and_plays()
    {
        var entries = await RecordAsync(8);
        var total = entries.Sum(entry => (long)entry.Bytes);
        var options = new RetentionOptions { MaxBytes = total / 2 };

        var plan = await RetentionPlan.MakeAsync(folder.Video, options, entries[^1].End);

        Assert.InRange(plan.Bytes, total / 3, total * 3 / 4);
        Assert.Equal((entries[0].Time, 0), (plan.From, plan.ByAge));
        Assert.Equal(entries, await folder.FragmentsAsync());
        var held = await RetentionPlan.MakeAsync(folder.Video, options, entries[^1].End, hold: entries[1].Time);
        Assert.Equal(1, held.Fragments);

        await plan.ApplyAsync(folder.Video);

        var kept = await folder.FragmentsAsync();
        Assert.Equal(entries.Skip(plan.Fragments), kept);
        Assert.Equal(plan.Oldest, kept[0].Time);
        Assert.True(kept[0].IsKeyframe);
        Assert.Equal(10 * kept.Count(entry => entry.Run == kept[0].Run), (await folder.ProbeAsync([.. kept.TakeWhile(entry => entry.Run == kept[0].Run)])).Frames);
        Assert.Null(await folder.Video.ReadFragmentsAsync(entries[0].Position, 1));
    }

    [Fact]
    public async Task What_is_older_than_its_mode_allows_goes()
    {
        var entries = await RecordAsync(4);
        var options = new RetentionOptions { ContinuousAge = TimeSpan.FromMinutes(1), DetectionAge = TimeSpan.FromDays(1) };

        var plan = await RetentionPlan.MakeAsync(folder.Video, options, entries[1].End + 60 * Second + 1);

        Assert.Equal((2, 2, entries[2].Time), (plan.Fragments, plan.ByAge, plan.Oldest));
        var all = await RetentionPlan.MakeAsync(folder.Video, options, entries[^1].End + 90 * Second);
        await all.ApplyAsync(folder.Video);
        Assert.Empty(await folder.FragmentsAsync());
    }

    [Fact]
    public async Task What_is_to_stay_longest_holds_what_lies_after_it_and_the_plan_says_how_much()
    {
        await folder.Video.CreateAsync(null, TestContext.Current.CancellationToken);
        await using (var writer = await VideoWriter.OpenAsync(folder.Video, TestContext.Current.CancellationToken))
        {
            for (var second = 0; second < 6; second++)
            {
                var entry = Fragment(second, 1, 7) with { Bytes = 1000, Mode = second is 2 or 3 ? RecordingMode.Detection : RecordingMode.Continuous };
                var payload = new byte[VideoEvent.HeadBytes + entry.Bytes];
                VideoEvent.WriteHead(payload, entry, 0);
                await writer.AppendAsync(entry, payload, TestContext.Current.CancellationToken);
            }
        }
        var options = new RetentionOptions { ContinuousAge = TimeSpan.FromMinutes(1), DetectionAge = TimeSpan.FromMinutes(3) };

        var plan = await RetentionPlan.MakeAsync(folder.Video, options, 120 * Second);

        // Of seconds 0 to 5 the third and fourth are to stay; the two after them are old, too.
        Assert.Equal((2, 2 * Second, 2, 2000), (plan.Fragments, plan.Oldest, plan.HeldFragments, plan.HeldBytes));
        await plan.ApplyAsync(folder.Video, TestContext.Current.CancellationToken);
        Assert.Equal(4, (await folder.FragmentsAsync()).Count);
        var later = await RetentionPlan.MakeAsync(folder.Video, options, 200 * Second);
        Assert.Equal((4, 0), (later.Fragments, later.HeldFragments));
    }

    [Fact]
    public async Task A_window_stays_when_the_recordings_it_is_from_go()
    {
        var entries = await RecordAsync(6);
        var window = VideoStore.OfWindow(folder.Streams, "yard", "1");
        var (from, to) = (entries[1].Time + Second / 2, entries[3].Time + Second / 2);

        // In two goes, as when its end is still to come.
        Assert.InRange(await WindowCopy.RunAsync(folder.Video, window, from, entries[2].Time), entries[2].Time, to);
        Assert.Equal(to, await WindowCopy.RunAsync(folder.Video, window, from, to));
        await folder.Video.TruncateAsync(null, TestContext.Current.CancellationToken);

        var probe = Probe.Of(folder.Files.Write("window.mp4", await ClipAsync(window, from, to)));
        Assert.Equal(30, probe.Frames);
        Assert.Equal(entries.Skip(1).Take(3).Select(entry => entry.Time), (await window.ReadAsync(0, long.MaxValue)).Select(entry => entry.Time));
    }

    [Fact]
    public void A_playlist_tells_the_time_of_each_segment_new_initialisations_and_what_is_missing()
    {
        var lines = HlsPlaylist.Write(
        [
            Fragment(0, 1, 7), Fragment(1, 1, 7), Fragment(2, 1, 8),
            new IndexEntry { Kind = IndexEntryKind.Gap, Time = 3 * Second, Duration = 100 * Second, Cause = RecordingGapCause.Source, Detail = "gone" },
            Fragment(103, 2, 8), new IndexEntry { Kind = IndexEntryKind.End, Time = 104 * Second }, Fragment(200, 3, 8),
        ]).Split('\n');

        Assert.Equal(["init.mp4?at=0:0", "init.mp4?at=0:2"], lines.Where(line => line.StartsWith("#EXT-X-MAP", StringComparison.Ordinal)).Select(line => line.Split('"')[1]));
        Assert.Equal(1, lines.Count(line => line == "#EXT-X-GAP"));
        // Before the new initialisation, before and after the gap, and before what was recorded later.
        Assert.Equal(4, lines.Count(line => line == "#EXT-X-DISCONTINUITY"));
        Assert.Contains("#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:01:43.000000Z", lines);
        Assert.Equal(5, lines.Count(line => line.StartsWith("segment.m4s?at=0:", StringComparison.Ordinal)));
        Assert.Equal("#EXT-X-TARGETDURATION:1", lines[2]);
        Assert.Equal("#EXT-X-ENDLIST", lines[^2]);
    }

    [Fact]
    public async Task Motion_is_told_from_the_video_itself()
    {
        // Nothing moves for eight seconds, then all does.
        var file = folder.Files["motion.mp4"];
        Ffmpeg.Run(
            "-f", "lavfi", "-i", "color=gray:s=320x240:r=10:d=8", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=4",
            "-filter_complex", "[0][1]concat=n=2:v=1", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "10", "-sc_threshold", "0", file);
        await using var recorder = new Recorder(RecordingFolder.Options(file), folder.Video);

        var entries = (await folder.UntilAsync(recorder, stored => stored.Count(entry => entry.Kind == IndexEntryKind.Fragment) >= 12))
            .Where(entry => entry.Kind == IndexEntryKind.Fragment).ToList();

        Assert.Equal([.. Enumerable.Repeat(false, 8), .. Enumerable.Repeat(true, 4)], entries.Select(entry => entry.HasMotion));
    }

    private static IndexEntry Fragment(long second, long run, uint init) => new()
    {
        Kind = IndexEntryKind.Fragment, Time = second * Second, Duration = Second, Run = run, Init = init, IsKeyframe = true, Position = new StreamPosition(0, second),
    };

    private async Task<IReadOnlyList<IndexEntry>> RecordAsync(int fragments)
    {
        await using (var recorder = new Recorder(RecordingFolder.Options(folder.Coded("loop.mp4", 3)) with { Loop = true, StoreBytes = 8 << 20 }, folder.Video))
            await folder.UntilAsync(recorder, stored => stored.Count >= fragments);
        return await folder.FragmentsAsync();
    }

    private static async Task<byte[]> ClipAsync(VideoStore store, long from, long to)
    {
        var clip = new MemoryStream();
        var place = default(ClipPlace);
        while (true)
        {
            var part = await ClipWriter.WriteAsync(store, from, to, place);
            clip.Write(part.Bytes);
            if (part.Place is not { } next) return clip.ToArray();
            place = next;
        }
    }
}
