using Weir.Streams;
using Weir.Vision.Decode;
using Weir.Vision.Recording.Mp4;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Capture;

/// <summary>How a run of ffmpeg has ended.</summary>
/// <param name="Cause">What a gap that follows is put down to.</param>
/// <param name="Reason">Why, in a sentence; null where a file has been read to its end.</param>
internal sealed record CaptureEnd(RecordingGapCause Cause, string? Reason);

/// <summary>
/// One run of ffmpeg: reads fragments, gives them their time, and hands them on. It ends with ffmpeg, or ends it when
/// nothing comes any more.
/// </summary>
internal sealed class CaptureRun(RecorderOptions options, SourceUrl source, FilePace? pace, TimeProvider time, MotionMeter motion)
{
    private const long MicrosPerSecond = 1_000_000;

    private static readonly TimeSpan EndDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MarkPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MarkStep = TimeSpan.FromMilliseconds(100);

    private readonly CaptureClock clock = new();
    private readonly long run = Micros(time.GetUtcNow());
    private long firstShown = long.MinValue;
    private long lastShown;
    private bool hasJoined;

    /// <summary>ffmpeg's process id while it runs.</summary>
    public int? ProcessId { get; private set; }

    /// <summary>Whether anything came.</summary>
    public bool HadFragments { get; private set; }

    /// <summary>How long the file is that has been read to its end.</summary>
    public long FileDuration => lastShown - firstShown;

    /// <summary>The initialisation of what comes just now.</summary>
    public InitSegment? Init { get; private set; }

    /// <summary>Runs until the source ends, fails or falls silent, or <paramref name="stop"/> is cancelled.</summary>
    /// <param name="notBefore">Times rise: no fragment begins before this.</param>
    /// <param name="take">Is handed each fragment, and owns it.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<CaptureEnd> RunAsync(long notBefore, Action<Captured> take, CancellationToken stop)
    {
        if (source.Kind == SourceKind.File && !File.Exists(source.Path))
            return new CaptureEnd(RecordingGapCause.Source, $"The file {source} does not exist.");
        if (source.Kind is SourceKind.Device or SourceKind.Pattern)
            return new CaptureEnd(RecordingGapCause.Source, $"{source} gives pictures that are not coded as video, and recording copies video as it is: set the recording's url to a stream.");

        using var watchdog = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, watchdog.Token);
        FfmpegProcess? ffmpeg = null;
        try
        {
            ffmpeg = FfmpegProcess.Start(options.Ffmpeg, CopyArguments.Build(options, source), source);
            ProcessId = ffmpeg.Id;
            await using var kill = ending.Token.Register(ffmpeg.Kill);
            await ReadAsync(new FragmentReader(ffmpeg.Output), notBefore, take, watchdog, ending.Token).ConfigureAwait(false);
            // An ffmpeg that was ended from here has not ended by itself.
            stop.ThrowIfCancellationRequested();
            if (watchdog.IsCancellationRequested) return new CaptureEnd(RecordingGapCause.Source, Silence(ffmpeg.Log));
            return await EndOfAsync(ffmpeg).ConfigureAwait(false);
        }
        catch (DecodeException error)
        {
            return new CaptureEnd(RecordingGapCause.Recorder, error.Message);
        }
        catch (Exception error) when (error is IOException or Mp4Exception && !ending.IsCancellationRequested)
        {
            var end = await EndOfAsync(ffmpeg!).ConfigureAwait(false);
            return error is Mp4Exception ? new CaptureEnd(RecordingGapCause.Recorder, error.Message) : end;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or Mp4Exception && !stop.IsCancellationRequested)
        {
            // ffmpeg that stands still, and a source that has fallen silent, look the same from here.
            return new CaptureEnd(RecordingGapCause.Source, Silence(ffmpeg!.Log));
        }
        catch (Exception error) when (error is IOException or Mp4Exception)
        {
            throw new OperationCanceledException(error.Message, error, stop);
        }
        finally
        {
            ProcessId = null;
            if (ffmpeg is not null) await ffmpeg.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether the camera has begun its file anew, so that this run is to end and another to begin.</summary>
    public bool WasLeftBehind { get; private set; }

    private async Task ReadAsync(
        FragmentReader reader, long notBefore, Action<Captured> take, CancellationTokenSource watchdog, CancellationToken ending)
    {
        watchdog.CancelAfter(options.StartTimeout);
        if (await reader.ReadInitAsync(ending).ConfigureAwait(false) is not { } init) return;
        Init = init;
        while (true)
        {
            watchdog.CancelAfter(HadFragments ? options.StaleAfter : options.StartTimeout);
            if (await reader.ReadFragmentAsync(Captured.Space(Init), ending).ConfigureAwait(false) is not { } memory) return;
            watchdog.CancelAfter(Timeout.InfiniteTimeSpan);
            var owned = memory;
            try
            {
                var boxes = FragmentBoxes.Parse(memory.Fragment.Span);
                if (boxes.IsKeyframe) FollowParameterSets(boxes, memory.Fragment.Span);
                var (shown, duration) = (ToMicros(boxes.ShowTime), Math.Max(1, ToMicros(boxes.Duration)));
                if (firstShown == long.MinValue) firstShown = shown;
                lastShown = shown + duration;

                var began = pace is null
                    ? clock.TimeOf(shown, duration, Micros(time.GetUtcNow()))
                    : await WhenDueAsync(shown - firstShown, duration, ending).ConfigureAwait(false);
                if (WasLeftBehind) return;
                // What the camera showed before this run joined it was not missed, and is not recorded late.
                if (pace is not null && !HadFragments && (began + duration <= notBefore || hasJoined && began + duration < run)) continue;
                (began, duration) = CaptureClock.After(notBefore, began, duration);
                notBefore = began + duration;
                HadFragments = true;
                owned = null;
                take(new Captured(Entry(boxes, began, duration, memory.Fragment.Length), memory, Init));
            }
            finally
            {
                owned?.Dispose();
            }
        }
    }

    /// <summary>A camera whose pictures change their size says so before the next keyframe, and within the video only.</summary>
    private void FollowParameterSets(FragmentBoxes boxes, ReadOnlySpan<byte> fragment)
    {
        if (Init!.ParameterSets is not { } known || boxes.FirstSample + boxes.FirstSampleBytes > fragment.Length) return;
        var sample = fragment.Slice(boxes.FirstSample, boxes.FirstSampleBytes);
        if (Init.FindParameterSets(sample) is { } found && !found.SameAs(known)) Init = Init.With(found);
    }

    private async Task<long> WhenDueAsync(long position, long duration, CancellationToken ending)
    {
        // A camera that has just been started does not know yet where it is.
        hasJoined |= pace!.Begin is null;
        for (var waited = TimeSpan.Zero; pace.Begin is null && !pace.TryOpen(); waited += MarkStep)
        {
            if (waited >= MarkPatience) pace.Open(Micros(time.GetUtcNow()));
            else await Task.Delay(MarkStep, time, ending).ConfigureAwait(false);
        }
        while (true)
        {
            var left = pace.Begin!.Value + position + duration - Micros(time.GetUtcNow());
            if (left <= 0) break;
            await Task.Delay(TimeSpan.FromMicroseconds(Math.Min(left, MicrosPerSecond / 2)), time, ending).ConfigureAwait(false);
            if (!Follows()) return 0;
        }
        return Follows() ? pace.Begin!.Value + position : 0;
    }

    private bool Follows() => !(WasLeftBehind = !pace!.Follow(Duration));

    /// <summary>How long the file is, known from the pass before.</summary>
    public long? Duration { get; init; }

    private IndexEntry Entry(FragmentBoxes boxes, long began, long duration, int bytes) => new()
    {
        Kind = IndexEntryKind.Fragment,
        Time = began,
        Duration = duration,
        Bytes = bytes,
        Init = Crc32C.Compute(Init!.Bytes),
        Run = run,
        IsKeyframe = boxes.IsKeyframe,
        HasMotion = motion.Look(boxes.IsKeyframe ? boxes.OtherSampleBytes : boxes.OtherSampleBytes + boxes.FirstSampleBytes, boxes.IsKeyframe ? boxes.Samples - 1 : boxes.Samples),
        Mode = options.Mode,
    };

    private async Task<CaptureEnd> EndOfAsync(FfmpegProcess ffmpeg)
    {
        if (WasLeftBehind) return new CaptureEnd(RecordingGapCause.Source, "The camera has begun its file anew.");
        try
        {
            using var soon = new CancellationTokenSource(EndDelay, time);
            var reason = await ffmpeg.EndAsync(soon.Token).ConfigureAwait(false);
            if (reason is null)
                return new CaptureEnd(RecordingGapCause.Source, source.Kind == SourceKind.File && firstShown != long.MinValue ? null : "The source has ended.");
            var killed = reason.Contains("killed by signal", StringComparison.Ordinal);
            return new CaptureEnd(killed ? RecordingGapCause.Recorder : RecordingGapCause.Source, Hint(reason, ffmpeg.Log));
        }
        catch (OperationCanceledException)
        {
            return new CaptureEnd(RecordingGapCause.Recorder, "ffmpeg has closed its output and does not end.");
        }
    }

    private static string Hint(string reason, LogTail log) => log.Lines.Any(line => line.Contains("codec not currently supported in container", StringComparison.Ordinal))
        ? "The camera's video is of a coding that MP4 does not take. Recording copies video as it is, so it must be H.264, H.265 or AV1: set the camera to one of them."
        : reason;

    private string Silence(LogTail log)
    {
        var wait = HadFragments
            ? $"No video has come for {options.StaleAfter.TotalSeconds:0.#} s"
            : $"No video came within {options.StartTimeout.TotalSeconds:0.#} s of the start";
        return log.Reason is { } reason ? $"{wait}; ffmpeg says: {reason}." : $"{wait}.";
    }

    private long ToMicros(long units) => (long)((Int128)units * MicrosPerSecond / Init!.Timescale);

    private static long Micros(DateTimeOffset moment) => (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
