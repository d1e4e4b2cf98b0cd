using System.Threading.Channels;
using Weir.Vision.Cascades;
using Weir.Vision.Decode;
using Weir.Vision.Decode.Nut;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>How a run of the decoder has ended.</summary>
/// <param name="Reason">Why, as a sentence; null where a recording has been played to its end.</param>
internal sealed record RunEnd(string? Reason);

/// <summary>What stays the same over the runs of one camera.</summary>
internal sealed record CameraParts(
    CameraOptions Options,
    SourceUrl Source,
    DetectionModel Model,
    InputPool Inputs,
    FrameAnalysis Analysis,
    FullFrameStore FullFrames,
    PictureRing Pictures,
    CameraCounters Counters,
    ChannelWriter<FrameResult> Results,
    TimeProvider Time);

/// <summary>
/// One run of the decoder: tasks that read raw frames, read pictures, read full frames where cascades need them, and take
/// frames through the analysis. When one of them fails, all end, and the child process with them.
/// </summary>
internal sealed class CameraRun(CameraParts camera, FrameClock clock, string? reasonBefore, Action firstFrame)
{
    private const int MaxJpeg = 16 << 20;
    private const int MaxFullFrame = 4096 * 4096 * 3;
    private static readonly TimeSpan PictureDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndDelay = TimeSpan.FromSeconds(5);

    private readonly CameraOptions options = camera.Options;
    private readonly TimeProvider time = camera.Time;
    private readonly long framesBefore = camera.Counters.Frames;
    private readonly ModelInputDescription form = camera.Model.Description.Input;
    private readonly Channel<Frame> pending = NewestOf(camera);
    private Exception? failure;
    private FrameGap? gap;

    /// <summary>The decoder's process id while it runs.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>The size of the source's pictures, once known.</summary>
    public PictureSize? Picture { get; private set; }

    /// <summary>Whether any frame came.</summary>
    public bool HadFrames => camera.Counters.Frames > framesBefore;

    /// <summary>Runs until the source ends, fails or goes silent, or <paramref name="stop"/> is cancelled.</summary>
    public async Task<RunEnd> RunAsync(CancellationToken stop)
    {
        if (camera.Source.Kind == SourceKind.File && !File.Exists(camera.Source.Path))
            return new RunEnd($"The file {camera.Source} does not exist.");

        using var watchdog = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, watchdog.Token);
        using var accepting = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        using var socket = options.JpegWidth > 0 ? new OutputSocket() : null;
        using var fullSocket = camera.Analysis.NeedsFullFrames ? new OutputSocket() : null;
        var decode = DecodeOptions();
        try
        {
            await using var ffmpeg = FfmpegProcess.Start(options.Ffmpeg, decode, socket?.Path, fullSocket?.Path);
            ProcessId = ffmpeg.Id;
            await using var kill = ending.Token.Register(ffmpeg.Kill);
            var duration = camera.Source.Kind == SourceKind.File
                ? MediaProbe.DurationAsync(options.Ffprobe, camera.Source, ending.Token)
                : Task.FromResult<TimeSpan?>(null);

            var frames = Guard(ReadFramesAsync(ffmpeg, watchdog, accepting, ending.Token), ending);
            var pictures = socket is null
                ? Task.CompletedTask
                : Guard(ReadPicturesAsync(socket, accepting.Token, ending.Token), ending);
            var full = fullSocket is null
                ? Task.CompletedTask
                : Guard(ReadFullFramesAsync(fullSocket, ffmpeg.Log, accepting.Token, ending.Token), ending);
            var detections = Guard(DetectAsync(ffmpeg.Log, duration, ending.Token), ending);
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
            pending.Writer.TryComplete();
            while (pending.Reader.TryRead(out var frame)) Skip(camera, frame);
            camera.FullFrames.Clear();
        }
    }

    private async Task ReadFramesAsync(
        FfmpegProcess ffmpeg, CancellationTokenSource watchdog, CancellationTokenSource accepting, CancellationToken ending)
    {
        var size = form.Width * form.Height * 3;
        var reader = new NutReader(ffmpeg.Output, size);
        try
        {
            while (true)
            {
                watchdog.CancelAfter(HadFrames ? options.StaleAfter : options.StartTimeout);
                if (await reader.ReadHeaderAsync(ending).ConfigureAwait(false) is not { } header) return;
                if (header.Size != size) throw new NutException($"a frame has {header.Size} bytes, but {size} are expected.");
                var input = camera.Inputs.Rent(form);
                try
                {
                    await reader.ReadPayloadAsync(input.Pixels, ending).ConfigureAwait(false);
                    watchdog.CancelAfter(Timeout.InfiniteTimeSpan);
                    await pending.Writer.WriteAsync(Arrived(input, header.Time), ending).ConfigureAwait(false);
                }
                catch
                {
                    camera.Inputs.Return(input);
                    throw;
                }
            }
        }
        finally
        {
            watchdog.CancelAfter(Timeout.InfiniteTimeSpan);
            pending.Writer.TryComplete();
            // Without frames ffmpeg has ended before it came to its outputs, so it will not connect any more.
            accepting.CancelAfter(HadFrames ? PictureDelay : TimeSpan.Zero);
        }
    }

    private Frame Arrived(ModelInput input, long mediaTime)
    {
        var arrival = time.GetUtcNow();
        var first = !HadFrames;
        var number = camera.Counters.Frame(arrival);
        if (first) firstFrame();
        var microseconds = (arrival.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        if (camera.Analysis.NeedsFullFrames) camera.FullFrames.Want(number);
        var before = clock.Last;
        var frameTime = clock.TimeOf(mediaTime, microseconds);
        if (first && framesBefore > 0) gap = new FrameGap(before, frameTime, reasonBefore ?? "The decoder was started anew.");
        return new Frame(number, mediaTime, frameTime, microseconds, input);
    }

    /// <summary>
    /// Both outputs get the same frames, so the nth picture is that of the nth frame; times are compared when they
    /// meet.
    /// </summary>
    private async Task ReadPicturesAsync(OutputSocket socket, CancellationToken accepting, CancellationToken ending)
    {
        await using var stream = await socket.AcceptAsync(accepting).ConfigureAwait(false);
        var reader = new NutReader(stream, MaxJpeg);
        for (var number = framesBefore + 1; await reader.ReadHeaderAsync(ending).ConfigureAwait(false) is { } header; number++)
        {
            var jpeg = GC.AllocateUninitializedArray<byte>(header.Size);
            await reader.ReadPayloadAsync(jpeg, ending).ConfigureAwait(false);
            camera.Pictures.Add(new Picture(number, header.Time, jpeg));
        }
    }

    /// <summary>The nth full frame is that of the nth frame, too.</summary>
    private async Task ReadFullFramesAsync(OutputSocket socket, LogTail log, CancellationToken accepting, CancellationToken ending)
    {
        await using var stream = await socket.AcceptAsync(accepting).ConfigureAwait(false);
        var reader = new NutReader(stream, MaxFullFrame);
        for (var number = framesBefore + 1; await reader.ReadHeaderAsync(ending).ConfigureAwait(false) is { } header; number++)
        {
            var pixels = camera.FullFrames.Rent(header.Size);
            await reader.ReadPayloadAsync(pixels, ending).ConfigureAwait(false);
            var width = Math.Min(options.CascadeWidth, (await SizeAsync(log, ending).ConfigureAwait(false)).Width);
            camera.FullFrames.Add(number, header.Time, pixels, new PictureSize(width, header.Size / 3 / width));
        }
    }

    private async Task DetectAsync(LogTail log, Task<TimeSpan?> duration, CancellationToken ending)
    {
        TimeSpan? length = null;
        await foreach (var frame in pending.Reader.ReadAllAsync(ending).ConfigureAwait(false))
        {
            FrameFindings? found;
            PictureSize picture;
            try
            {
                Picture = picture = Picture ?? await SizeAsync(log, ending).ConfigureAwait(false);
                found = await camera.Analysis.LookAsync(
                    frame.Input, picture, frame.Time,
                    () => camera.FullFrames.WaitAsync(frame.Number, frame.MediaTime, PictureDelay, time, ending), ending).ConfigureAwait(false);
            }
            finally
            {
                camera.Inputs.Return(frame.Input);
                camera.FullFrames.Drop(frame.Number);
            }
            if (found is null or { IsStill: true }) camera.Counters.Rest();
            else camera.Counters.Detection(found.Inference);
            if (duration.IsCompletedSuccessfully) length ??= await duration.ConfigureAwait(false);
            if (found is null)
            {
                camera.Counters.LastResult = frame.Number;
                continue;
            }
            var jpeg = options.JpegWidth > 0 ? await PictureOfAsync(frame, ending).ConfigureAwait(false) : default;
            FrameAnalysis.KeepBest(found.Seen, frame.Time, frame.Number, jpeg);
            await camera.Results.WriteAsync(
                new FrameResult
                {
                    CameraId = options.Id,
                    FrameNumber = frame.Number,
                    FrameTime = frame.Time,
                    IngestTime = frame.Arrival,
                    MediaTime = frame.MediaTime,
                    Position = length is { } known ? frame.MediaTime % (long)known.TotalMicroseconds : null,
                    Picture = picture,
                    Model = found.Model.Name,
                    ModelVersion = found.Model.Version,
                    Detections = found.Objects,
                    IsStill = found.IsStill,
                    Motion = found.Motion,
                    Events = found.Events,
                    EndedTracks = [.. found.Ended.Select(TrackMapping.Of)],
                    Jpeg = jpeg,
                    InferenceMilliseconds = found.Inference.TotalMilliseconds,
                    Skipped = frame.Number - camera.Counters.LastResult - 1,
                    GapBefore = Interlocked.Exchange(ref gap, null),
                },
                ending).ConfigureAwait(false);
            camera.Counters.LastResult = frame.Number;
        }
    }

    /// <summary>Boxes, pictures and parts hang on the size, so that another one ends the run.</summary>
    private async Task WatchSizeAsync(LogTail log, CancellationToken ending)
    {
        var size = await log.NewSize.WaitAsync(ending).ConfigureAwait(false);
        throw new DecodeException($"The source's pictures changed from {Picture?.ToString() ?? "another size"} to {size}.");
    }

    private async Task<PictureSize> SizeAsync(LogTail log, CancellationToken ending)
    {
        try
        {
            return await log.Size.WaitAsync(EndDelay, time, ending).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException && !ending.IsCancellationRequested)
        {
            throw new DecodeException("ffmpeg has not told the size of the source's pictures.", error);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> PictureOfAsync(Frame frame, CancellationToken ending)
    {
        if (await camera.Pictures.WaitAsync(frame.Number, PictureDelay, time, ending).ConfigureAwait(false) is not { } picture)
            return default;
        return picture.MediaTime == frame.MediaTime
            ? picture.Jpeg
            : throw new DecodeException(
                $"Pictures and frames are out of step: frame {frame.Number} is of {frame.MediaTime} µs, "
                + $"its picture of {picture.MediaTime} µs.");
    }

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
        if (failure is DecodeException) return new RunEnd(failure.Message);
        if (failure is not null and not IOException) return new RunEnd($"The model or the pipeline failed: {failure.Message}");
        try
        {
            using var soon = new CancellationTokenSource(EndDelay, time);
            var reason = await ffmpeg.EndAsync(soon.Token).ConfigureAwait(false) ?? failure?.Message;
            if (reason is not null) return new RunEnd(reason);
        }
        catch (OperationCanceledException)
        {
            return new RunEnd("ffmpeg has closed its output and does not end.");
        }
        return new RunEnd(camera.Source.Kind == SourceKind.File && HadFrames ? null : "The source has ended.");
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
        Input = form,
        Loop = options.Loop,
        OwnSpeed = options.Pacing == FramePacing.Source,
        RtspTransport = options.RtspTransport == RtspTransport.Tcp ? "tcp" : "udp",
        MaxFrameRate = options.MaxFrameRate,
        PictureWidth = options.JpegWidth,
        FullWidth = options.CascadeWidth,
        PictureQuality = options.JpegQuality,
    };

    /// <summary>Between decoder and model stands one frame. At the source's pace a newer one takes its place.</summary>
    private static Channel<Frame> NewestOf(CameraParts camera)
    {
        var drop = camera.Options.Pacing == FramePacing.Source;
        return Channel.CreateBounded<Frame>(
            new BoundedChannelOptions(1)
            {
                FullMode = drop ? BoundedChannelFullMode.DropOldest : BoundedChannelFullMode.Wait,
                SingleReader = true,
                SingleWriter = true,
            },
            frame => Skip(camera, frame));
    }

    private static void Skip(CameraParts camera, Frame frame)
    {
        camera.Inputs.Return(frame.Input);
        camera.FullFrames.Drop(frame.Number);
        camera.Counters.Skip();
    }

    /// <summary>A decoded frame on its way to the model.</summary>
    private readonly record struct Frame(long Number, long MediaTime, long Time, long Arrival, ModelInput Input);
}
