using System.Diagnostics;
using System.Runtime.InteropServices;
using Weir.Vision.Recording;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Recording.Replay;
using Weir.Vision.Recording.Store;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Recording;

/// <summary>Recording of real sources into a real store, and what goes wrong on the way.</summary>
public sealed partial class RecorderTests : IAsyncDisposable
{
    private const int Stop = 19;
    private readonly RecordingFolder folder = new();

    public ValueTask DisposeAsync() => folder.DisposeAsync();

    [Fact]
    public async Task A_file_is_recorded_over_its_end_without_a_hole_and_every_fragment_decodes()
    {
        await using var recorder = Record(folder.Coded("loop.mp4", 2), loop: true);

        var entries = await folder.UntilAsync(recorder, stored => stored.Count >= 5);

        Assert.All(entries, entry => Assert.Equal(IndexEntryKind.Fragment, entry.Kind));
        Assert.All(entries.Zip(entries.Skip(1)), pair => Assert.InRange(pair.Second.Time - pair.First.End, 0, 2_000));
        Assert.All(entries, entry => Assert.True(entry.IsKeyframe && entry.Mode == RecordingMode.Continuous));
        foreach (var run in entries.GroupBy(entry => entry.Run))
        {
            var probe = await folder.ProbeAsync([.. run]);
            Assert.Equal((320, 240, 10 * run.Count()), (probe.Width, probe.Height, probe.Frames));
        }
        Assert.Equal((RecorderState.Recording, "avc1", 0), (recorder.Status.State, recorder.Status.Codec, recorder.Status.Gaps));
        // The last pass has at most begun: a file of two seconds gives two fragments a pass.
        Assert.True(entries.Select(entry => entry.Run).Distinct().Count() >= 3);
    }

    [Fact]
    public async Task An_rtsp_camera_is_recorded_as_it_is_and_in_the_time_it_was_taken()
    {
        using var files = new TestFolder();
        await using var server = new RtspServer(files);
        var before = Now();
        await using var recorder = Record(server.Url);

        var entries = await folder.UntilAsync(recorder, stored => stored.Count >= 3);

        Assert.InRange(entries[0].Time, before - 120_000_000, Now());
        Assert.True(entries[0].IsKeyframe);
        var probe = await folder.ProbeAsync(entries);
        Assert.Equal((320, 240), (probe.Width, probe.Height));
        Assert.InRange(probe.Frames, 10, 1000);
        Assert.DoesNotContain("s3cretword", recorder.Status.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_ffmpeg_is_started_again_and_what_is_missing_is_a_gap_with_its_cause()
    {
        using var files = new TestFolder();
        await using var server = new RtspServer(files);
        await using var recorder = Record(server.Url);
        await folder.UntilAsync(recorder, stored => stored.Count >= 1);

        Process.GetProcessById(recorder.Status.ProcessId!.Value).Kill();

        var entries = await folder.UntilAsync(recorder, stored => stored.SkipWhile(entry => entry.Kind != IndexEntryKind.Gap).Skip(1).Any());
        var gap = entries.Single(entry => entry.Kind == IndexEntryKind.Gap);
        Assert.Equal((RecordingGapCause.Recorder, "ffmpeg was killed by signal 9."), (gap.Cause, gap.Detail));
        Adjoin(entries);
        Assert.True(recorder.Status is { Gaps: 1, Restarts: >= 1 });
    }

    [Fact]
    public async Task An_ffmpeg_that_stands_still_is_ended_and_what_is_missing_is_a_gap()
    {
        using var files = new TestFolder();
        await using var server = new RtspServer(files);
        await using var recorder = Record(server.Url, options => options with { StaleAfter = TimeSpan.FromSeconds(4) });
        await folder.UntilAsync(recorder, stored => stored.Count >= 1);
        var stopped = recorder.Status.ProcessId!.Value;

        Assert.Equal(0, Signal(stopped, Stop));

        var entries = await folder.UntilAsync(
            recorder, stored => stored.Any(entry => entry is { Kind: IndexEntryKind.Gap, Cause: RecordingGapCause.Source } && entry.Detail.StartsWith("No video has come for 4 s", StringComparison.Ordinal)));
        Adjoin(entries);
        Assert.False(Directory.Exists($"/proc/{stopped}"));
    }

    [Fact]
    public async Task A_source_that_goes_away_leaves_a_gap_until_it_is_back()
    {
        var video = Ffmpeg.Run("-i", folder.Coded("source.mp4", 4), "-c", "copy", "-f", "mpegts", "-");
        // At the speed of a camera, so that what comes after the gap is of a later time.
        await using var server = new BytesServer(video, TimeSpan.FromSeconds(4));
        // The silence before the end is not what this is about, however long it lasts.
        await using var recorder = Record(server.Url, options => options with { StaleAfter = TimeSpan.FromMinutes(10) });
        await folder.UntilAsync(recorder, stored => stored.Count >= 2);

        server.HangUp();

        var entries = await folder.UntilAsync(recorder, stored => stored.SkipWhile(entry => !IsEnd(entry)).Skip(1).Any());
        Adjoin(entries);

        static bool IsEnd(IndexEntry entry) =>
            entry is { Kind: IndexEntryKind.Gap, Cause: RecordingGapCause.Source, Detail: "The source has ended." };
    }

    [Fact]
    public async Task A_server_that_is_gone_for_a_while_leaves_a_gap_as_long()
    {
        using var camera = new GstCamera(folder.Coded("camera.mp4", 120));
        await using var recorder = Record(camera.Url);
        await folder.UntilAsync(recorder, stored => stored.Count >= 2);

        camera.Stop();
        var gone = Stopwatch.StartNew();
        await RecordingFolder.UntilAsync(recorder, status => status.State == RecorderState.Failed);
        if (Outage.Length > gone.Elapsed) await Task.Delay(Outage.Length - gone.Elapsed, TestContext.Current.CancellationToken);
        var lasted = gone.Elapsed;
        camera.Start();

        var entries = await folder.UntilAsync(recorder, stored => stored.SkipWhile(entry => entry.Kind != IndexEntryKind.Gap).Skip(1).Any());
        var gap = entries.Single(entry => entry.Kind == IndexEntryKind.Gap);
        Assert.Equal(RecordingGapCause.Source, gap.Cause);
        Assert.NotEmpty(gap.Detail);
        // A picture that was under way when the power went may have come after that.
        Assert.True(gap.Duration >= lasted.TotalMicroseconds - 500_000, $"{gap} is of an outage of {lasted}.");
        Adjoin(entries);
    }

    [Fact]
    public async Task A_clock_that_is_set_forward_is_a_gap_and_one_that_is_set_back_is_none()
    {
        const long hour = 3_600_000_000;
        using var files = new TestFolder();
        await using var server = new RtspServer(files);
        var clock = new SteppedClock();
        await using var recorder = new Recorder(RecordingFolder.Options(server.Url), folder.Video, null, clock);
        await folder.UntilAsync(recorder, stored => stored.Count >= 2);

        clock.Step(TimeSpan.FromHours(1));
        var entries = await folder.UntilAsync(recorder, stored => stored.SkipWhile(entry => entry.Kind != IndexEntryKind.Gap).Skip(2).Any());
        var gap = entries.Single(entry => entry.Kind == IndexEntryKind.Gap);
        Assert.Equal(RecordingGapCause.Clock, gap.Cause);
        Assert.InRange(gap.Duration, hour - 2_000_000, hour + 60_000_000);

        clock.Step(TimeSpan.FromHours(-1));
        var before = entries.Count;
        entries = await folder.UntilAsync(recorder, stored => stored.Count >= before + 4);

        Assert.Single(entries, entry => entry.Kind == IndexEntryKind.Gap);
        Adjoin(entries);
        // At half its speed until the clock has caught up.
        Assert.InRange(entries[^1].Duration, 400_000, 600_000);
        Assert.Equal((RecorderState.Recording, 0), (recorder.Status.State, recorder.Status.Restarts));
    }

    [Theory]
    [InlineData("libx264")]
    [InlineData("libx265")]
    public async Task A_camera_that_changes_its_size_begins_a_new_initialisation_and_loses_nothing(string encoder)
    {
        byte[] video =
        [
            .. Ffmpeg.Run("-i", folder.Coded("small.mp4", 2, encoder: encoder), "-c", "copy", "-f", "mpegts", "-"),
            .. Ffmpeg.Run("-i", folder.Coded("large.mp4", 2, "642x362", encoder: encoder), "-c", "copy", "-output_ts_offset", "2", "-f", "mpegts", "-"),
        ];
        await using var server = new BytesServer(video);
        // The silence before the end is not what this is about, however long it lasts.
        await using var recorder = Record(server.Url, options => options with { StaleAfter = TimeSpan.FromMinutes(10) });
        await folder.UntilAsync(recorder, stored => stored.Count >= 3);
        // ffmpeg gives out the last fragment when the source has ended.
        server.HangUp();

        var entries = await folder.UntilAsync(recorder, stored => stored.Count(entry => entry.Kind == IndexEntryKind.Fragment) >= 4);

        var first = entries.TakeWhile(entry => entry.Kind == IndexEntryKind.Fragment).Take(4).ToList();
        var sizes = first.GroupBy(entry => entry.Init).ToList();
        Assert.Equal(2, sizes.Count);
        var (small, large) = (await folder.ProbeAsync([.. sizes[0]]), await folder.ProbeAsync([.. sizes[1]]));
        Assert.Equal((320, 240, 20), (small.Width, small.Height, small.Frames));
        Assert.Equal((642, 362, 20), (large.Width, large.Height, large.Frames));
        Assert.Equal(2, HlsPlaylist.Write(first).Split("#EXT-X-MAP").Length - 1);
        await Assert.ThrowsAsync<ArgumentException>(() => ClipWriter.WriteAsync(folder.Video, first[0].Time, first[3].End, default));
    }

    [Fact]
    public async Task A_full_disk_stops_nothing_but_the_store_and_what_found_no_room_is_a_gap()
    {
        var disk = Directory.CreateTempSubdirectory("weir-full-").FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk), "A small tmpfs cannot be mounted here (it takes root).");
        try
        {
            var ballast = Path.Combine(disk, "ballast");
            await using var small = new RecordingFolder(Path.Combine(disk, "streams"));
            // Half a megabyte a second, of which one may wait in memory.
            var video = small.Files["noise.mp4"];
            Ffmpeg.Run("-f", "lavfi", "-i", "nullsrc=s=320x240:r=10,geq=random(1)*255:128:128", "-t", "4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "0", "-b:v", "4M", "-maxrate", "4M", "-bufsize", "1M", "-pix_fmt", "yuv420p", video);
            await using var recorder = new Recorder(RecordingFolder.Options(video) with { Loop = true, MemoryBytes = 1 << 20 }, small.Video);
            await small.UntilAsync(recorder, stored => stored.Count >= 2);
            Fill(ballast);

            await RecordingFolder.UntilAsync(recorder, status => status.State == RecorderState.Failed && status.Reason!.Contains("full", StringComparison.Ordinal));
            var process = recorder.Status.ProcessId;
            // Until more has come than may wait: 1 MiB at half a megabyte a second.
            await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
            File.Delete(ballast);

            var entries = await small.UntilAsync(recorder, stored => stored.SkipWhile(entry => entry.Kind != IndexEntryKind.Gap).Skip(1).Any());
            var gap = entries.First(entry => entry.Kind == IndexEntryKind.Gap);
            Assert.Equal(RecordingGapCause.Store, gap.Cause);
            Assert.Contains("full", gap.Detail, StringComparison.Ordinal);
            Adjoin(entries);
            Assert.NotNull(process);
        }
        finally
        {
            Assert.True(Run("umount", disk));
            Directory.Delete(disk);
        }
    }

    [Fact]
    public async Task What_cannot_be_copied_into_mp4_says_what_to_do()
    {
        var file = folder.Files["old.avi"];
        Ffmpeg.Run("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10", "-t", "1", "-c:v", "msmpeg4", file);
        await using var recorder = Record(file);

        await RecordingFolder.UntilAsync(recorder, status => status.State == RecorderState.Failed);

        Assert.Contains("set the camera to one of them", recorder.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_index_is_made_anew_from_the_video_and_what_a_crash_left_out_is_a_gap()
    {
        IReadOnlyList<IndexEntry> before;
        await using (var recorder = Record(folder.Coded("loop.mp4", 2), loop: true))
        {
            before = await folder.UntilAsync(recorder, stored => stored.Count >= 3);
        }
        before = await folder.FragmentsAsync();
        // As if the process had ended before any entry was written.
        await folder.Streams.DeleteAsync(folder.Video.Index, TestContext.Current.CancellationToken);
        await folder.ReopenAsync();

        await using var again = Record(folder.Files["loop.mp4"], loop: true);
        var entries = await folder.UntilAsync(again, stored => stored.SkipWhile(entry => entry.Kind != IndexEntryKind.Gap).Skip(1).Any());

        Assert.Equal(before, entries.Take(before.Count));
        Assert.Equal(RecordingGapCause.SiteDown, entries[before.Count].Cause);
        Adjoin(entries);
    }

    [Fact]
    public async Task Only_what_is_wanted_is_kept_with_some_time_before_and_after()
    {
        var options = RecordingFolder.Options(folder.Coded("loop.mp4", 4)) with
        {
            Loop = true, Mode = RecordingMode.Detection, PreRoll = TimeSpan.FromSeconds(2), PostRoll = TimeSpan.FromSeconds(1),
        };
        await using var recorder = new Recorder(options, folder.Video);
        await RecordingFolder.UntilAsync(recorder, status => status.State == RecorderState.Waiting);
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Assert.Empty(await folder.EntriesAsync());
        var wanted = Now() - 500_000;

        recorder.Want(wanted, wanted);

        var entries = await folder.UntilAsync(recorder, stored => stored.Any(entry => entry.Kind == IndexEntryKind.End));
        var kept = entries.Where(entry => entry.Kind == IndexEntryKind.Fragment).ToList();
        Assert.InRange(kept[0].Time, wanted - 4_000_000, wanted - 1_000_000);
        Assert.InRange(kept[^1].End, wanted + 1_000_000, wanted + 4_000_000);
        Assert.True(kept[0].IsKeyframe);
        Assert.All(kept, entry => Assert.Equal(RecordingMode.Detection, entry.Mode));
        Assert.DoesNotContain(entries, entry => entry.Kind == IndexEntryKind.Gap);
    }

    private Recorder Record(string url, Func<RecorderOptions, RecorderOptions>? change = null, bool loop = false) =>
        new((change ?? (options => options))(RecordingFolder.Options(url) with { Loop = loop }), folder.Video);

    private Recorder Record(string url, bool loop) => Record(url, null, loop);

    /// <summary>Between the first entry and the last there is nothing of which nothing is said.</summary>
    private static void Adjoin(IReadOnlyList<IndexEntry> entries) =>
        Assert.All(entries.Zip(entries.Skip(1)), pair => Assert.InRange(pair.Second.Time - pair.First.End, 0, 500_000));

    private static void Fill(string ballast)
    {
        using var file = File.OpenWrite(ballast);
        try
        {
            while (true) file.Write(new byte[16 << 10]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static long Now() => (DateTimeOffset.UtcNow.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
