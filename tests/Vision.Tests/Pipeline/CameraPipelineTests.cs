using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Pipeline;

/// <summary>What comes out of a camera that works.</summary>
public sealed class CameraPipelineTests(CenterNet centerNet) : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly TestFolder modelFolder = new();

    public void Dispose()
    {
        folder.Dispose();
        modelFolder.Dispose();
    }

    [Fact]
    public async Task Pedestrians_of_a_real_video_come_out_with_their_picture()
    {
        Pedestrians.Require();
        await using var pipeline = new CameraPipeline(
            new CameraOptions { Id = "yard", Url = Pedestrians.Clip(folder["clip.mkv"], 5, 2), Pacing = FramePacing.Model }, centerNet.Model);
        pipeline.Start();

        var result = (await Eventually.Results(pipeline, 1))[0];

        Assert.Equal(new PictureSize(768, 576), result.Picture);
        Assert.InRange(result.Detections.Count(detection => detection.Class == "person"), 4, 6);
        Assert.Contains(result.Detections, detection => detection.Box.Overlap(new Box(0.481f, 0.309f, 0.524f, 0.448f)) >= 0.4f);
        Assert.True(result.Jpeg.Span is [0xFF, 0xD8, .., 0xFF, 0xD9]);
        Assert.True(result.InferenceMilliseconds > 0);
    }

    [Fact]
    public async Task A_recording_is_played_to_its_end_and_no_frame_is_skipped()
    {
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Ramp(frames: 20) with { Pacing = FramePacing.Model }, model);
        pipeline.Start();

        var results = await Eventually.Results(pipeline, int.MaxValue);

        Assert.Equal(Enumerable.Range(1, 20).Select(n => (long)n), results.Select(result => result.FrameNumber));
        Assert.Equal(Enumerable.Range(0, 20).Select(n => n * 100_000L), results.Select(result => result.MediaTime));
        Assert.All(results, result => Assert.Equal(0, result.Skipped));
        Assert.Equal((CameraState.Stopped, "The recording has been played to its end."), (pipeline.Status.State, pipeline.Status.Reason));
        Assert.Equal((20, 20, 0, 0), (pipeline.Status.Statistics.Frames, pipeline.Status.Statistics.Detected, pipeline.Status.Statistics.Skipped, pipeline.Status.Statistics.Restarts));
    }

    [Fact]
    public async Task Detections_and_picture_are_of_exactly_the_same_frame()
    {
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Ramp(frames: 20) with { Pacing = FramePacing.Model }, model);
        pipeline.Start();

        foreach (var result in await Eventually.Results(pipeline, int.MaxValue))
        {
            var expected = GreyRamp.Brightness(result.FrameNumber - 1);
            Assert.InRange(result.Detections[0].Score * 255, expected - 4, expected + 4);
            if (result.FrameNumber % 6 == 0) Assert.InRange(GreyRamp.MeanOf(result.Jpeg, folder), expected - 4, expected + 4);
        }
    }

    [Fact]
    public async Task A_file_that_begins_again_goes_on_in_media_time_and_tells_the_place()
    {
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Ramp(frames: 5) with { Pacing = FramePacing.Model, Loop = true }, model);
        pipeline.Start();

        var results = await Eventually.Results(pipeline, 200);
        // The duration is asked for while frames come already.
        for (var deadline = Eventually.Token; results[^1].Position is null; deadline.ThrowIfCancellationRequested())
            results.AddRange(await Eventually.Results(pipeline, 20));

        Assert.Equal(Enumerable.Range(0, results.Count).Select(n => n * 100_000L), results.Select(result => result.MediaTime));
        Assert.All(results.Zip(results.Skip(1)), pair => Assert.True(pair.Second.FrameTime > pair.First.FrameTime));
        var placed = results.Where(result => result.Position is not null).ToList();
        Assert.All(placed, result => Assert.Equal(result.MediaTime % 500_000, result.Position));
    }

    [Fact]
    public async Task Frames_above_the_rate_are_left_out_and_keep_their_times()
    {
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Ramp(frames: 20) with { Pacing = FramePacing.Model, MaxFrameRate = 4 }, model);
        pipeline.Start();

        var times = (await Eventually.Results(pipeline, int.MaxValue)).Select(result => result.MediaTime);

        // Ten frames a second, the first of each quarter of a second.
        Assert.Equal([0, 300_000, 500_000, 800_000, 1_000_000, 1_300_000, 1_500_000, 1_800_000], times);
    }

    [Fact]
    public async Task At_the_sources_speed_frames_are_skipped_and_counted_while_the_model_is_busy()
    {
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Ramp(frames: 20) with { Loop = true, ResultsWaiting = 1 }, model);
        var began = DateTimeOffset.UtcNow;
        pipeline.Start();
        // Nobody reads, so the second result holds up all that follow.
        await Eventually.True(() => pipeline.Status.Statistics.Skipped >= 3, () => pipeline.Status.ToString());

        var results = await Eventually.Results(pipeline, 4);

        Assert.True(results.Sum(result => result.Skipped) >= 3);
        Assert.All(results.Zip(results.Skip(1)), pair => Assert.Equal(pair.Second.FrameNumber - pair.First.FrameNumber - 1, pair.Second.Skipped));
        Assert.All(results, result => Assert.InRange(
            DateTimeOffset.FromUnixTimeMilliseconds(result.FrameTime / 1000), began.AddSeconds(-1), DateTimeOffset.UtcNow.AddSeconds(1)));
    }

    [Fact]
    public async Task The_newest_pictures_can_be_asked_for_by_frame_number()
    {
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Ramp(frames: 20) with { Pacing = FramePacing.Model, PicturesKept = 8 }, model);
        pipeline.Start();
        var results = await Eventually.Results(pipeline, int.MaxValue);

        Assert.True(pipeline.TryGetNewestPicture(out var newest, out var last));
        Assert.Equal(20, newest);
        Assert.True(last.Span.SequenceEqual(results[19].Jpeg.Span));
        Assert.True(pipeline.TryGetPicture(13, out var oldest));
        Assert.True(oldest.Span.SequenceEqual(results[12].Jpeg.Span));
        Assert.False(pipeline.TryGetPicture(12, out _));
        Assert.False(pipeline.TryGetPicture(21, out _));
    }

    [Fact]
    public async Task A_camera_without_pictures_gives_detections()
    {
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Ramp(frames: 5) with { Pacing = FramePacing.Model, JpegWidth = 0 }, model);
        pipeline.Start();

        var results = await Eventually.Results(pipeline, int.MaxValue);

        Assert.Equal(5, results.Count);
        Assert.All(results, result => Assert.True(result.Jpeg.IsEmpty));
        Assert.Equal(new PictureSize(64, 48), results[0].Picture);
        Assert.False(pipeline.TryGetNewestPicture(out _, out _));
    }

    [Fact]
    public async Task A_letterboxed_picture_stands_in_the_middle_of_the_input()
    {
        // 64x48 in 64x64: 16 of 64 rows are grey 114, so white gives (48 * 255 + 16 * 114) / 64 = 219.75.
        var white = folder["white.mkv"];
        Ffmpeg.Run("-f", "lavfi", "-i", "color=white:s=64x48:r=10,format=gray,geq=lum=255", "-frames:v", "2", "-c:v", "ffv1", white);
        using var model = TinyModel.Load(modelFolder, TinyModel.Description with { Input = TinyModel.Description.Input with { Fit = PictureFit.Letterbox } });
        await using var pipeline = new CameraPipeline(new CameraOptions { Id = "a", Url = white, Pacing = FramePacing.Model }, model);
        pipeline.Start();

        var detection = (await Eventually.Results(pipeline, 1))[0].Detections[0];

        Assert.InRange(detection.Score * 255, 218, 221);
        // The input's box of 16..48 lies on picture rows 8..40 of 48.
        Assert.Equal(8 / 48f, detection.Box.Top, 3);
        Assert.Equal(40 / 48f, detection.Box.Bottom, 3);
    }

    [Fact]
    public void Faulty_options_are_refused_all_at_once()
    {
        using var model = TinyModel.Load(modelFolder);

        var error = Assert.Throws<ArgumentException>(() => new CameraPipeline(new CameraOptions { Id = "a", Url = "x.avi", JpegWidth = 1, JpegQuality = 99 }, model));

        Assert.Contains("jpegWidth must be between", error.Message, StringComparison.Ordinal);
        Assert.Contains("jpegQuality must be between", error.Message, StringComparison.Ordinal);
    }

    private CameraOptions Ramp(int frames) => new() { Id = "ramp", Url = GreyRamp.Make(folder["ramp.mkv"], frames) };
}
