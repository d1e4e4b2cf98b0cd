using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Pipeline;

/// <summary>Faults that leave a decoder running, or make it run on with something wrong.</summary>
public sealed partial class CameraFaultTests : IDisposable
{
    private const int StopSignal = 19;
    private readonly TestFolder folder = new();
    private readonly TestFolder modelFolder = new();
    private readonly DetectionModel model;

    public CameraFaultTests() => model = TinyModel.Load(modelFolder);

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        modelFolder.Dispose();
    }

    [Fact]
    public async Task An_ffmpeg_that_is_held_up_is_given_up_and_another_takes_its_place()
    {
        await using var held = new CameraPipeline(Options("test:64x48@10") with { StaleAfter = TimeSpan.FromSeconds(2) }, model);
        await using var other = new CameraPipeline(Options("test:64x48@10") with { Id = "other" }, model);
        var states = Record(held);
        held.Start();
        other.Start();
        await Eventually.Results(held, 3);
        var first = held.Status.DecoderProcessId!.Value;

        Assert.Equal(0, Signal(first, StopSignal));

        await Eventually.True(() => states.Any(status => status.State == CameraState.Stale), () => held.Status.ToString());
        Assert.StartsWith("No frame has come for 2 s", states.First(status => status.State == CameraState.Stale).Reason, StringComparison.Ordinal);
        var gap = await GapAsync(held);
        Assert.True(gap.To - gap.From >= 1_000_000, gap.ToString());
        Assert.StartsWith("No frame has come for 2 s", gap.Reason, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{first}"));
        Assert.Equal((CameraState.Live, 0), (other.Status.State, other.Status.Statistics.Restarts));
    }

    [Theory]
    [InlineData("libx264")]
    [InlineData("libx265")]
    public async Task Pictures_of_another_size_start_the_decoder_anew_and_boxes_fit_them(string codec)
    {
        var (small, large) = (Video("320x240", codec), Video("640x360", codec));
        File.WriteAllBytes(folder["both.ts"], [.. File.ReadAllBytes(small), .. File.ReadAllBytes(large)]);
        await using var pipeline = new CameraPipeline(Options(folder["both.ts"]) with { Loop = true }, model);
        var states = Record(pipeline);
        pipeline.Start();

        await Eventually.True(() => states.Any(status => status.State == CameraState.Stale), () => pipeline.Status.ToString());

        Assert.Equal("The source's pictures changed from 320x240 to 640x360.", states.First(status => status.State == CameraState.Stale).Reason);
        Assert.Equal("The source's pictures changed from 320x240 to 640x360.", (await GapAsync(pipeline)).Reason);
    }

    [Fact]
    public async Task A_model_that_throws_ends_its_cameras_run_and_no_other_and_what_was_lost_is_a_gap()
    {
        using var fragileFolder = new TestFolder();
        // It cannot bear a picture that is brighter than 150; the ramp comes to that with its twelfth frame.
        using var fragile = FragileModel.Load(fragileFolder, 150);
        await using var pipeline = new CameraPipeline(Options(GreyRamp.Make(folder["ramp.mkv"], 20)) with { Loop = true }, fragile);
        Ffmpeg.Run("-f", "lavfi", "-i", "color=black:s=64x48:r=10", "-frames:v", "20", "-c:v", "ffv1", folder["dark.mkv"]);
        await using var sameModel = new CameraPipeline(Options(folder["dark.mkv"]) with { Id = "same-model", Loop = true }, fragile);
        await using var other = new CameraPipeline(Options("test:64x48@10") with { Id = "other" }, model);
        var states = Record(pipeline);
        foreach (var camera in new[] { pipeline, sameModel, other }) camera.Start();

        var gap = await GapAsync(pipeline);

        var reason = states.First(status => status.State == CameraState.Stale).Reason;
        Assert.StartsWith("The model or the pipeline failed: ", reason, StringComparison.Ordinal);
        Assert.Contains("out of data bounds", reason, StringComparison.Ordinal);
        Assert.Equal(reason, gap.Reason);
        Assert.True(gap.To > gap.From, gap.ToString());
        foreach (var camera in new[] { sameModel, other })
        {
            Assert.NotEmpty(await Eventually.Results(camera, 5));
            Assert.Equal((CameraState.Live, 0), (camera.Status.State, camera.Status.Statistics.Restarts));
        }
    }

    [Fact]
    public async Task A_clock_that_is_set_forward_and_back_stops_no_camera_and_its_times_rise()
    {
        var clock = new SteppedClock();
        await using var pipeline = new CameraPipeline(Options("test:64x48@10"), model, clock);
        pipeline.Start();
        var results = await Eventually.Results(pipeline, 5);

        clock.Step(TimeSpan.FromHours(1));
        results.AddRange(await Eventually.Results(pipeline, 8));
        var ahead = results[^1].FrameTime;
        clock.Step(TimeSpan.FromHours(-1));
        results.AddRange(await Eventually.Results(pipeline, 8));

        Assert.All(results.Zip(results.Skip(1)), pair => Assert.True(pair.Second.FrameTime > pair.First.FrameTime));
        Assert.InRange(ahead - results[4].FrameTime, 3_600_000_000, 3_660_000_000);
        // Rather than stand still for an hour, times go on a little slower than the clock: eight frames are most of a second.
        Assert.InRange(results[^1].FrameTime - ahead, 500_000, 60_000_000);
        Assert.Equal((CameraState.Live, 0), (pipeline.Status.State, pipeline.Status.Statistics.Restarts));
    }

    [Fact]
    public async Task Damaged_video_is_passed_over_and_the_camera_goes_on()
    {
        var path = Video("320x240");
        var bytes = File.ReadAllBytes(path);
        var random = new Random(20261127);
        // The headers at its beginning stay; after that every two-hundredth byte is another.
        for (var i = 20_000; i < bytes.Length; i += 200) bytes[i] = (byte)random.Next(256);
        File.WriteAllBytes(path, bytes);
        await using var pipeline = new CameraPipeline(Options(path) with { Loop = true }, model);
        await using var other = new CameraPipeline(Options("test:64x48@10") with { Id = "other" }, model);
        pipeline.Start();
        other.Start();

        var results = await Eventually.Results(pipeline, 40);

        Assert.All(results.Zip(results.Skip(1)), pair => Assert.True(pair.Second.FrameTime > pair.First.FrameTime));
        Assert.Equal((CameraState.Live, 0), (other.Status.State, other.Status.Statistics.Restarts));
    }

    [Fact]
    public async Task Video_that_comes_too_damaged_to_be_decoded_is_a_gap_though_the_camera_goes_on()
    {
        Ffmpeg.Run("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10", "-t", "9", "-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-b:v", "400k", "-maxrate", "400k", "-bufsize", "200k", "-pix_fmt", "yuv420p", "-f", "mpegts", folder["video.ts"]);
        var bytes = File.ReadAllBytes(folder["video.ts"]);
        // Of the middle third nothing is as it was.
        new Random(20261127).NextBytes(bytes.AsSpan(bytes.Length / 3, bytes.Length / 3));
        await using var server = new Recording.BytesServer(bytes, TimeSpan.FromSeconds(9));
        await using var pipeline = new CameraPipeline(Options(server.Url), model);
        await using var other = new CameraPipeline(Options("test:64x48@10") with { Id = "other" }, model);
        pipeline.Start();
        other.Start();

        var gap = await GapAsync(pipeline);

        Assert.Matches(@"^The source went on, but [23]\.\d s of its video could not be decoded", gap.Reason);
        Assert.InRange(gap.To - gap.From, 2_000_000, 4_500_000);
        Assert.NotEmpty(await Eventually.Results(pipeline, 5));
        foreach (var camera in new[] { pipeline, other }) Assert.Equal((CameraState.Live, 0), (camera.Status.State, camera.Status.Statistics.Restarts));
    }

    [Fact]
    public async Task A_camera_is_given_up_after_as_many_failures_as_it_may_have()
    {
        await using var pipeline = new CameraPipeline(Options(folder["none.ts"]) with { GiveUpAfter = 3 }, model);
        pipeline.Start();

        await Eventually.True(() => pipeline.Results.Completion.IsCompleted, () => pipeline.Status.ToString());

        Assert.Equal(CameraState.Failed, pipeline.Status.State);
        Assert.Equal($"It was given up after 3 starts without a frame: The file {folder["none.ts"]} does not exist.", pipeline.Status.Reason);
        Assert.Equal(2, pipeline.Status.Statistics.Restarts);
    }

    [Fact]
    public async Task Of_a_picture_where_nothing_moves_the_model_sees_little_and_is_told_of_once_a_second()
    {
        Ffmpeg.Run("-f", "lavfi", "-i", "color=gray:s=64x48:r=10", "-frames:v", "100", "-c:v", "ffv1", folder["still.mkv"]);
        await using var pipeline = new CameraPipeline(
            Options(folder["still.mkv"]) with { Pacing = FramePacing.Model, Motion = new Weir.Vision.Motion.MotionOptions { LookEvery = TimeSpan.FromSeconds(5) } }, model);
        pipeline.Start();

        var results = await Eventually.Results(pipeline, int.MaxValue);

        Assert.Equal(2, results.Count(result => !result.IsStill));
        Assert.InRange(results.Count(result => result.IsStill), 8, 11);
        Assert.All(results, result => Assert.Equal(3, result.Detections.Count));
        Assert.Equal((2, 98), (pipeline.Status.Statistics.Detected, pipeline.Status.Statistics.Still));
    }

    private string Video(string size, string codec = "libx264")
    {
        var path = folder[size + ".ts"];
        Ffmpeg.Run("-f", "lavfi", "-i", $"testsrc2=s={size}:r=10", "-t", "3", "-c:v", codec, "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p", "-f", "mpegts", path);
        return path;
    }

    private static async Task<FrameGap> GapAsync(CameraPipeline pipeline)
    {
        for (var deadline = Eventually.Token; ; deadline.ThrowIfCancellationRequested())
            if ((await Eventually.Results(pipeline, 1))[0].GapBefore is { } gap) return gap;
    }

    private static ConcurrentQueue<CameraStatus> Record(CameraPipeline pipeline)
    {
        var seen = new ConcurrentQueue<CameraStatus>();
        pipeline.StatusChanged += seen.Enqueue;
        return seen;
    }

    private static CameraOptions Options(string url) => new()
    {
        Id = "camera", Url = url, StaleAfter = TimeSpan.FromSeconds(20), RestartAfter = TimeSpan.FromMilliseconds(50), RestartAtMost = TimeSpan.FromMilliseconds(200),
    };

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
