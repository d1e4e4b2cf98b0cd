using Weir.Vision.Decode;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>How a run of the decoder has ended.</summary>
/// <param name="Reason">Why, as a sentence; null where a recording has been played to its end.</param>
internal sealed record RunEnd(string? Reason);

/// <summary>
/// One run of the decoder: tasks that read raw frames, read pictures, read full frames where cascades need them, and take
/// frames through the analysis. When one of them fails, all end, and the child process with them.
/// </summary>
internal sealed class CameraRun
{
    /// <summary>How much longer than the frames the outputs beside them may take to begin.</summary>
    private static readonly TimeSpan ConnectDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndDelay = TimeSpan.FromSeconds(5);

    private readonly CameraParts camera;
    private readonly CameraOptions options;
    private readonly TimeProvider time;
    private readonly FrameIntake intake;
    private readonly FrameResults results;
    private Exception? failure;

    /// <param name="camera">The camera.</param>
    /// <param name="clock">Gives frames their time.</param>
    /// <param name="reasonBefore">Why the run before has ended; null where none had frames.</param>
    /// <param name="firstFrame">Is told when the first frame has come.</param>
    public CameraRun(CameraParts camera, FrameClock clock, string? reasonBefore, Action firstFrame)
    {
        (this.camera, options, time) = (camera, camera.Options, camera.Time);
        intake = new FrameIntake(camera, clock, reasonBefore, firstFrame);
        results = new FrameResults(camera, intake);
    }

    /// <summary>The decoder's process id while it runs.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>The size of the source's pictures, once known.</summary>
    public PictureSize? Picture => results.Picture;

    /// <summary>Whether any frame came.</summary>
    public bool HadFrames => intake.HadFrames;

    /// <summary>Runs until the source ends, fails or goes silent, or <paramref name="stop"/> is cancelled.</summary>
    public async Task<RunEnd> RunAsync(CancellationToken stop)
    {
        if (camera.Source.Kind == SourceKind.File && !File.Exists(camera.Source.Path))
            return new RunEnd($"The file {camera.Source} does not exist.");

        using var watchdog = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, watchdog.Token);
        using var accepting = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        using var outputs = new SideOutputs(camera, intake.Before);
        try
        {
            await using var ffmpeg = FfmpegProcess.Start(options.Ffmpeg, DecodeOptions(), outputs.PicturePath, outputs.FullPath);
            ProcessId = ffmpeg.Id;
            await using var kill = ending.Token.Register(ffmpeg.Kill);
            var duration = camera.Source.Kind == SourceKind.File
                ? MediaProbe.DurationAsync(options.Ffprobe, camera.Source, ending.Token)
                : Task.FromResult<TimeSpan?>(null);

            var frames = Guard(ReadFramesAsync(ffmpeg, watchdog, accepting, ending.Token), ending);
            var pictures = Guard(outputs.ReadPicturesAsync(accepting.Token, ending.Token), ending);
            var full = Guard(outputs.ReadFullFramesAsync(ffmpeg.Log, accepting.Token, ending.Token), ending);
            var detections = Guard(results.MakeAsync(ffmpeg.Log, duration, ending.Token), ending);
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            var size = Guard(WatchSizeAsync(ffmpeg.Log, watching.Token), ending);
            await Task.WhenAll(frames, pictures, full, detections, Guard(duration, ending)).ConfigureAwait(false);

            await watching.CancelAsync().ConfigureAwait(false);
            await size.ConfigureAwait(false);
            if (watchdog.IsCancellationRequested) return new RunEnd(Silence(ffmpeg.Log));
            stop.ThrowIfCancellationRequested();
            return await EndOfAsync(ffmpeg).ConfigureAwait(false);
        }
        catch (DecodeException error)
        {
            return new RunEnd(error.Message);
        }
        finally
        {
            ProcessId = null;
            intake.Clear();
            camera.FullFrames.Clear();
        }
    }

    private async Task ReadFramesAsync(
        FfmpegProcess ffmpeg, CancellationTokenSource watchdog, CancellationTokenSource accepting, CancellationToken ending)
    {
        try
        {
            await intake.ReadAsync(ffmpeg.Output, watchdog, ending).ConfigureAwait(false);
        }
        finally
        {
            // Without frames ffmpeg has ended before it came to its outputs, so it will not connect any more.
            accepting.CancelAfter(HadFrames ? ConnectDelay : TimeSpan.Zero);
        }
    }

    /// <summary>Boxes, pictures and parts hang on the size, so that another one ends the run.</summary>
    private async Task WatchSizeAsync(LogTail log, CancellationToken ending)
    {
        var size = await log.NewSize.WaitAsync(ending).ConfigureAwait(false);
        throw new DecodeException(Changed(size));
    }

    private string Changed(PictureSize size) => $"The source's pictures changed from {Picture?.ToString() ?? "another size"} to {size}.";

    /// <summary>Keeps the first failure and ends the other tasks with it; their cancellation is then no failure.</summary>
    private async Task Guard(Task task, CancellationTokenSource ending)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref failure, error, null);
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<RunEnd> EndOfAsync(FfmpegProcess ffmpeg)
    {
        // A stream that is cut off is the outcome of ffmpeg's own end, which then says more.
        if (failure is DecodeException) return new RunEnd(await ChangeOfSizeAsync(ffmpeg.Log).ConfigureAwait(false) ?? failure.Message);
        if (failure is not null and not IOException) return new RunEnd($"The model or the pipeline failed: {failure.Message}");
        try
        {
            using var soon = new CancellationTokenSource(EndDelay, time);
            var reason = await ffmpeg.EndAsync(soon.Token).ConfigureAwait(false) ?? failure?.Message;
            if (reason is not null) return new RunEnd(reason + (camera.Source.Kind == SourceKind.Device ? VideoDevice.Hint(camera.Source.Input) : ""));
        }
        catch (OperationCanceledException)
        {
            return new RunEnd("ffmpeg has closed its output and does not end.");
        }
        return new RunEnd(camera.Source.Kind == SourceKind.File && HadFrames ? null : "The source has ended.");
    }

    /// <summary>
    /// Another size brings the outputs out of step, too, which may be seen before ffmpeg's word of it is read. It has been
    /// killed, so its words soon come to an end.
    /// </summary>
    private async Task<string?> ChangeOfSizeAsync(LogTail log)
    {
        try
        {
            return Changed(await log.NewSize.WaitAsync(EndDelay, time).ConfigureAwait(false));
        }
        catch (Exception error) when (error is OperationCanceledException or TimeoutException)
        {
            return null;
        }
    }

    private string Silence(LogTail log)
    {
        var wait = HadFrames
            ? $"No frame has come for {options.StaleAfter.TotalSeconds:0.#} s"
            : $"No frame came within {options.StartTimeout.TotalSeconds:0.#} s of the start";
        return log.Reason is { } reason ? $"{wait}; ffmpeg says: {reason}." : $"{wait}.";
    }

    private DecodeOptions DecodeOptions() => new()
    {
        Source = camera.Source,
        Input = intake.Form,
        Loop = options.Loop,
        OwnSpeed = options.Pacing == FramePacing.Source,
        RtspTransport = options.RtspTransport == RtspTransport.Tcp ? "tcp" : "udp",
        MaxFrameRate = options.MaxFrameRate,
        PictureWidth = options.JpegWidth,
        FullWidth = options.CascadeWidth,
        PictureQuality = options.JpegQuality,
    };
}
