using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weir.Vision.Decode;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Pipeline;

/// <summary>Cameras on a real RTSP server and on real datagrams.</summary>
public sealed class RtspCameraTests(CenterNet centerNet) : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly TestFolder modelFolder = new();

    public void Dispose()
    {
        folder.Dispose();
        modelFolder.Dispose();
    }

    [Theory]
    [InlineData(RtspTransport.Tcp)]
    [InlineData(RtspTransport.Udp)]
    public async Task The_pedestrians_of_a_real_RTSP_camera_are_found_where_they_walk(RtspTransport transport)
    {
        Pedestrians.Require();
        using var camera = new GstCamera(Street(4.5, 15));
        await using var pipeline = new CameraPipeline(
            new CameraOptions { Id = "street", Url = camera.Url, RtspTransport = transport, MaxFrameRate = 2, StaleAfter = TimeSpan.FromSeconds(20) }, centerNet.Model);
        pipeline.Start();

        // The frame at 5 s is half a second from its beginning; a busy machine may begin a little later.
        Box[] places = [new(0.481f, 0.309f, 0.524f, 0.448f), new(0.565f, 0.304f, 0.597f, 0.421f), new(0.658f, 0.373f, 0.705f, 0.533f), new(0.718f, 0.375f, 0.760f, 0.523f)];
        var best = 0;
        var seen = new List<FrameResult>();
        for (var deadline = Eventually.Token; best < 3; deadline.ThrowIfCancellationRequested())
        {
            Assert.True(seen.Count < 60, $"At most {best} of 4 were found: {pipeline.Status}");
            seen.AddRange(await Eventually.Results(pipeline, 1));
            best = Math.Max(best, places.Count(place => seen[^1].Detections.Any(found => found.Class == "person" && found.Box.Overlap(place) >= 0.3f)));
        }
        Assert.Equal(new PictureSize(768, 576), seen[0].Picture);
        Assert.All(seen, result => Assert.True(result.IngestTime > 0));
    }

    [Fact]
    public async Task A_camera_that_loses_its_power_comes_back_and_what_was_lost_is_a_gap()
    {
        using var camera = new GstCamera(Pattern("320x240"));
        using var model = TinyModel.Load(modelFolder);
        await using var pipeline = new CameraPipeline(Options(camera.Url), model);
        await using var other = new CameraPipeline(Options("test:64x48@10"), model);
        var states = new ConcurrentQueue<CameraStatus>();
        pipeline.StatusChanged += states.Enqueue;
        pipeline.Start();
        other.Start();
        var before = (await Eventually.Results(pipeline, 3))[^1];

        camera.Stop();
        var gone = System.Diagnostics.Stopwatch.StartNew();
        await Eventually.True(() => states.Any(status => status.State == CameraState.Stale), () => pipeline.Status.ToString());
        await Eventually.True(() => states.Any(status => status.State == CameraState.Failed), () => pipeline.Status.ToString());
        if (Outage.Length > gone.Elapsed) await Task.Delay(Outage.Length - gone.Elapsed, TestContext.Current.CancellationToken);
        var lasted = gone.Elapsed;
        camera.Start();

        FrameResult? back = null;
        for (var deadline = Eventually.Token; back is null; deadline.ThrowIfCancellationRequested())
            if ((await Eventually.Results(pipeline, 1))[0] is { GapBefore: not null } first) back = first;
        Assert.True(back.GapBefore!.From >= before.FrameTime && back.GapBefore.To == back.FrameTime, back.GapBefore.ToString());
        Assert.NotEmpty(back.GapBefore.Reason);
        // A frame that was under way when the power went may have come after that.
        Assert.True(back.GapBefore.To - back.GapBefore.From >= lasted.TotalMicroseconds - 500_000, $"{back.GapBefore} is of an outage of {lasted}.");
        await Eventually.State(pipeline, CameraState.Live);
        Assert.Equal((CameraState.Live, 0), (other.Status.State, other.Status.Statistics.Restarts));
    }

    [Fact]
    public async Task MPEG_TS_over_datagrams_gives_frames()
    {
        using var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
        probe.Close();
        using var sender = System.Diagnostics.Process.Start("ffmpeg",
            ["-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=10", "-c:v", "mpeg2video", "-g", "5", "-f", "mpegts", string.Create(CultureInfo.InvariantCulture, $"udp://127.0.0.1:{port}?pkt_size=1316")]);
        try
        {
            using var model = TinyModel.Load(modelFolder);
            await using var pipeline = new CameraPipeline(Options($"udp://127.0.0.1:{port}"), model);
            pipeline.Start();

            Assert.Equal(new PictureSize(320, 240), (await Eventually.Results(pipeline, 3))[0].Picture);
        }
        finally
        {
            sender.Kill();
            await sender.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_source_is_looked_at_before_it_becomes_a_cameras()
    {
        using var camera = new GstCamera(Pattern("320x240"));

        var found = await SourceProbe.LookAsync(camera.Url, RtspTransport.Tcp, TestContext.Current.CancellationToken);

        Assert.Equal(("h264", 320, 240), (found.Codec, found.Width, found.Height));
        Assert.True(found.Jpeg.Span is [0xFF, 0xD8, .., 0xFF, 0xD9]);
        var pattern = await SourceProbe.LookAsync("test:128x96@5", RtspTransport.Tcp, TestContext.Current.CancellationToken);
        Assert.Equal(("rawvideo", 128, 96, 5.0), (pattern.Codec, pattern.Width, pattern.Height, pattern.FramesPerSecond));
    }

    [Fact]
    public async Task A_source_that_gives_nothing_says_why_without_its_password()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        var error = await Assert.ThrowsAsync<ArgumentException>(() => SourceProbe.LookAsync($"rtsp://admin:s3cretword@127.0.0.1:{port}/a", RtspTransport.Tcp, TestContext.Current.CancellationToken));

        Assert.Contains("Connection refused", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cretword", error.Message, StringComparison.Ordinal);
    }

    private string Street(double from, int seconds)
    {
        Ffmpeg.Run("-ss", from.ToString(CultureInfo.InvariantCulture), "-i", Pedestrians.Video, "-t", seconds.ToString(CultureInfo.InvariantCulture),
            "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "10", "-crf", "18", folder["street.mp4"]);
        return folder["street.mp4"];
    }

    private string Pattern(string size)
    {
        Ffmpeg.Run("-f", "lavfi", "-i", $"testsrc2=s={size}:r=10", "-t", "120", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "10", folder["pattern.mp4"]);
        return folder["pattern.mp4"];
    }

    private static CameraOptions Options(string url) => new()
    {
        Id = "camera", Url = url, StaleAfter = TimeSpan.FromSeconds(20), RestartAfter = TimeSpan.FromMilliseconds(100), RestartAtMost = TimeSpan.FromMilliseconds(500),
    };
}
