using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Pipeline;

/// <summary>Cameras over the network, with real servers on this machine.</summary>
public sealed class NetworkCameraTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly TestFolder modelFolder = new();
    private readonly DetectionModel model;

    public NetworkCameraTests() => model = TinyModel.Load(modelFolder);

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        modelFolder.Dispose();
    }

    [Fact]
    public async Task An_RTSP_camera_with_a_password_gives_frames_with_their_times()
    {
        await using var server = new RtspServer(folder);
        await using var pipeline = new CameraPipeline(Options(server.Url), model);
        pipeline.Start();

        var results = await Eventually.Results(pipeline, 8);

        Assert.All(results, result => Assert.Equal(new PictureSize(320, 240), result.Picture));
        Assert.All(results, result => Assert.True(result.Jpeg.Span is [0xFF, 0xD8, .., 0xFF, 0xD9]));
        Assert.All(results.Zip(results.Skip(1)), pair => Assert.True(pair.Second.MediaTime > pair.First.MediaTime));
        // The camera's clock, not the time of arrival; the first sender report may still shift it by some milliseconds.
        Assert.Equal(100_000.0 * (results[^1].FrameNumber - results[0].FrameNumber), results[^1].MediaTime - results[0].MediaTime, 30_000.0);
        Assert.DoesNotContain("s3cretword", pipeline.Status.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_not_shown()
    {
        await using var server = new RtspServer(folder);
        await using var pipeline = new CameraPipeline(Options(server.Url.Replace("s3cretword", "wr0ngword", StringComparison.Ordinal)), model);
        pipeline.Start();

        await Eventually.State(pipeline, CameraState.Failed);

        Assert.Contains("401 Unauthorized", pipeline.Status.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ngword", pipeline.Status.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/video.mjpg")]
    [InlineData("/hls/live.m3u8")]
    public async Task A_camera_behind_HTTP_gives_frames(string path)
    {
        await using var server = await WebCamera.StartAsync(folder);
        await using var pipeline = new CameraPipeline(Options(server.Address + path), model);
        pipeline.Start();

        var results = await Eventually.Results(pipeline, 3);

        Assert.Equal(new PictureSize(320, 240), results[0].Picture);
        Assert.False(results[0].Jpeg.IsEmpty);
    }

    private static CameraOptions Options(string url) =>
        new() { Id = "camera", Url = url, RestartAfter = TimeSpan.FromMilliseconds(200) };
}
