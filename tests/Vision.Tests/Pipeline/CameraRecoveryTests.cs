using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Pipeline;

/// <summary>What a camera does when things go wrong, with real files, processes and sockets.</summary>
public sealed class CameraRecoveryTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly TestFolder modelFolder = new();
    private readonly DetectionModel model;

    public CameraRecoveryTests() => model = TinyModel.Load(modelFolder);

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
        modelFolder.Dispose();
    }

    [Fact]
    public async Task A_missing_file_is_told_and_the_camera_goes_live_when_it_appears()
    {
        await using var pipeline = Pipeline(folder["late.mkv"]);
        pipeline.Start();
        await Eventually.State(pipeline, CameraState.Failed);
        Assert.Equal($"The file {folder["late.mkv"]} does not exist.", pipeline.Status.Reason);
        var failedSince = pipeline.Status.Since;
        await Eventually.True(() => pipeline.Status.Statistics.Restarts >= 2, () => pipeline.Status.ToString());
        Assert.Equal(failedSince, pipeline.Status.Since);

        File.Move(GreyRamp.Make(folder["made.mkv"], 20), folder["late.mkv"]);

        await Eventually.State(pipeline, CameraState.Live);
        Assert.Null(pipeline.Status.Reason);
        Assert.NotEmpty(await Eventually.Results(pipeline, 2));
    }

    [Fact]
    public async Task A_file_that_is_no_video_is_told_in_ffmpegs_words()
    {
        var path = folder.Write("text.avi", "no video"u8.ToArray());
        await using var pipeline = Pipeline(path);
        pipeline.Start();

        await Eventually.State(pipeline, CameraState.Failed);
        Assert.Equal($"ffmpeg ended with code 1: {path}: Invalid data found when processing input.", pipeline.Status.Reason);
    }

    [Fact]
    public async Task A_killed_ffmpeg_is_told_and_started_again()
    {
        await using var pipeline = Pipeline(GreyRamp.Make(folder["ramp.mkv"], 20));
        var seen = Record(pipeline);
        pipeline.Start();
        var before = await Eventually.Results(pipeline, 2);
        var first = pipeline.Status.DecoderProcessId;

        using (var process = Process.GetProcessById(first!.Value)) process.Kill();

        await Eventually.True(() => seen.Any(status => status.State == CameraState.Stale), () => pipeline.Status.ToString());
        await Eventually.State(pipeline, CameraState.Live);
        Assert.Equal("ffmpeg was killed by signal 9.", seen.First(status => status.State == CameraState.Stale).Reason);
        Assert.Equal(1, pipeline.Status.Statistics.Restarts);
        Assert.NotEqual(first, pipeline.Status.DecoderProcessId);
        var after = await Eventually.Results(pipeline, 20);
        Assert.True(after[^1].FrameNumber > before[^1].FrameNumber);
        Assert.All(after.Zip(after.Skip(1)), pair => Assert.True(pair.Second.FrameTime > pair.First.FrameTime && pair.Second.FrameNumber > pair.First.FrameNumber));
    }

    [Fact]
    public async Task A_source_that_falls_silent_is_stale_and_comes_back()
    {
        var video = Ffmpeg.Run("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10", "-frames:v", "30", "-c:v", "mpeg2video", "-f", "mpegts", "-");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var served = new CancellationTokenSource();
        var serving = Serve(listener, video, served.Token);
        await using var pipeline = Pipeline($"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", loop: false);
        var seen = Record(pipeline);
        pipeline.Start();

        await Eventually.True(() => seen.Any(status => status.State == CameraState.Stale), () => pipeline.Status.ToString());
        Assert.StartsWith("No frame has come for 1 s", seen.First(status => status.State == CameraState.Stale).Reason, StringComparison.Ordinal);
        // The server serves every connection, so the next run of ffmpeg gets frames again.
        await Eventually.True(() => seen.SkipWhile(status => status.State != CameraState.Stale).Any(status => status.State == CameraState.Live), () => pipeline.Status.ToString());

        await pipeline.DisposeAsync();
        await served.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task A_bad_camera_does_not_touch_another_one()
    {
        await using var good = Pipeline(GreyRamp.Make(folder["ramp.mkv"], 20));
        await using var bad = Pipeline(folder["missing.mkv"]);
        bad.Start();
        good.Start();

        await Eventually.State(bad, CameraState.Failed);
        var results = await Eventually.Results(good, 10);

        Assert.Equal(10, results.Count);
        Assert.Equal((CameraState.Live, 0), (good.Status.State, good.Status.Statistics.Restarts));
        Assert.Equal(CameraState.Failed, bad.Status.State);
    }

    [Fact]
    public async Task Stopping_leaves_no_process_and_completes_the_results()
    {
        var pipeline = Pipeline(GreyRamp.Make(folder["ramp.mkv"], 20));
        pipeline.Start();
        await Eventually.Results(pipeline, 1);
        var process = pipeline.Status.DecoderProcessId;
        Assert.True(Directory.Exists($"/proc/{process}"));

        await pipeline.DisposeAsync();

        Assert.False(Directory.Exists($"/proc/{process}"));
        Assert.Equal((CameraState.Stopped, "It was stopped."), (pipeline.Status.State, pipeline.Status.Reason));
        Assert.Null(pipeline.Status.DecoderProcessId);
        while (pipeline.Results.TryRead(out _)) { }
        Assert.False(await pipeline.Results.WaitToReadAsync(Eventually.Token));
    }

    [Fact]
    public async Task A_missing_ffmpeg_is_told_with_what_to_do()
    {
        await using var pipeline = new CameraPipeline(Options(GreyRamp.Make(folder["ramp.mkv"], 5)) with { Ffmpeg = folder["no-ffmpeg"] }, model);
        pipeline.Start();

        await Eventually.State(pipeline, CameraState.Failed);
        Assert.StartsWith($"'{folder["no-ffmpeg"]}' cannot be started: ", pipeline.Status.Reason, StringComparison.Ordinal);
        Assert.EndsWith("Install ffmpeg, or set the camera's ffmpeg to where it is.", pipeline.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passwords_are_neither_in_the_status_nor_in_the_log()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var log = new Lines();
        await using var pipeline = new CameraPipeline(
            Options($"rtsp://admin:s3cretword@127.0.0.1:{port}/ch1?token=abcdefgh") with { Loop = false }, model, logger: log);
        pipeline.Start();

        await Eventually.State(pipeline, CameraState.Failed);
        await Eventually.True(() => !log.IsEmpty, () => "Nothing was logged.");

        var all = pipeline.Status + string.Join('\n', log);
        Assert.Contains($"rtsp://***@127.0.0.1:{port}/ch1?***", all, StringComparison.Ordinal);
        Assert.Contains("Connection refused", pipeline.Status.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cretword", all, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdefgh", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_goes_away_fails_the_camera_and_not_the_process()
    {
        using var ownFolder = new TestFolder();
        var own = TinyModel.Load(ownFolder);
        await using var pipeline = new CameraPipeline(Options(GreyRamp.Make(folder["ramp.mkv"], 20)), own);
        var seen = Record(pipeline);
        pipeline.Start();
        await Eventually.Results(pipeline, 1);

        own.Dispose();

        await Eventually.True(() => seen.Any(status => status.State == CameraState.Stale), () => pipeline.Status.ToString());
        Assert.StartsWith("The model or the pipeline failed: ", seen.First(status => status.State == CameraState.Stale).Reason, StringComparison.Ordinal);
    }

    private CameraPipeline Pipeline(string url, bool loop = true) => new(Options(url) with { Loop = loop }, model);

    private static CameraOptions Options(string url) => new()
    {
        Id = "camera",
        Url = url,
        Loop = true,
        StaleAfter = TimeSpan.FromSeconds(1),
        RestartAfter = TimeSpan.FromMilliseconds(50),
        RestartAtMost = TimeSpan.FromMilliseconds(200),
    };

    private static ConcurrentQueue<CameraStatus> Record(CameraPipeline pipeline)
    {
        var seen = new ConcurrentQueue<CameraStatus>();
        pipeline.StatusChanged += seen.Enqueue;
        return seen;
    }

    /// <summary>Gives every connection the whole video, and then holds it open in silence.</summary>
    private static async Task Serve(TcpListener listener, byte[] video, CancellationToken cancellationToken)
    {
        var connections = new List<TcpClient>();
        try
        {
            while (true)
            {
                var connection = await listener.AcceptTcpClientAsync(cancellationToken);
                connections.Add(connection);
                await connection.GetStream().WriteAsync(video, cancellationToken);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private sealed class Lines : ConcurrentQueue<string>, ILogger<CameraPipeline>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Enqueue(formatter(state, exception) + exception);
    }
}
