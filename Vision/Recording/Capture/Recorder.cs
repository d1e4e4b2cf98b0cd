using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Vision.Decode;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Capture;

/// <summary>
/// Records one camera: an ffmpeg of its own copies the video, which goes to the camera's streams. It never gives up: what
/// fails is started again after a wait that doubles up to a limit. What is missing is declared as a gap. All members may
/// be called from any thread.
/// </summary>
public sealed class Recorder : IAsyncDisposable
{
    /// <summary>A hole that is smaller is the clock following the source.</summary>
    private const long Tolerance = 500_000;

    private readonly RecorderOptions options;
    private readonly SourceUrl source;
    private readonly Func<FileMark?> mark;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ModeGate mode;
    private readonly MotionMeter motion = new();
    private readonly StoreQueue queue;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly Task supervision;
    private RecorderState state = RecorderState.Starting;
    private string? reason;
    private DateTimeOffset since;
    private CaptureRun? run;
    private string? codec;
    private PictureSize? picture;
    private long? storedTo;
    private long fragments;
    private long bytes;
    private long gaps;
    private long restarts;
    private long lastEnd;
    private (RecordingGapCause Cause, string Detail)? missing;
    private bool isDisposed;

    /// <summary>Begins to record.</summary>
    /// <param name="options">The camera, and when its video is kept.</param>
    /// <param name="store">Where it is kept.</param>
    /// <param name="mark">Where in its file the camera is; for cameras that play a file. Null where nobody plays it.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">Where changes of state are told.</param>
    /// <exception cref="ArgumentException">Options are out of their range; the message lists all of them.</exception>
    public Recorder(
        RecorderOptions options, VideoStore store, Func<FileMark?>? mark = null, TimeProvider? time = null, ILogger<Recorder>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(store);
        if (options.Faults() is { Count: > 0 } faults) throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));
        if (options.Mode == RecordingMode.Off) throw new ArgumentException("A recorder whose mode is Off would record nothing.", nameof(options));

        this.options = options;
        this.mark = mark ?? (() => null);
        this.time = time ?? TimeProvider.System;
        this.logger = logger ?? NullLogger<Recorder>.Instance;
        source = SourceUrl.Parse(options.Url, out _)!;
        since = this.time.GetUtcNow();
        mode = new ModeGate(options);
        queue = new StoreQueue(store, options, this.time, Stored);
        supervision = Task.Run(SuperviseAsync);
    }

    /// <summary>How it does now.</summary>
    public RecorderStatus Status
    {
        get
        {
            lock (gate)
            {
                var shown = state == RecorderState.Recording && !mode.IsKeeping ? RecorderState.Waiting : state;
                return new RecorderStatus
                {
                    State = queue.Fault is null || state == RecorderState.Stopped ? shown : RecorderState.Failed,
                    Reason = queue.Fault ?? reason,
                    Since = since,
                    Source = source.Shown,
                    Codec = run?.Init?.Codec ?? codec,
                    Picture = run?.Init?.Picture ?? picture,
                    StoredTo = storedTo,
                    Fragments = fragments,
                    Bytes = bytes,
                    Gaps = gaps,
                    Restarts = restarts,
                    ProcessId = run?.ProcessId,
                };
            }
        }
    }

    /// <summary>
    /// Has what is recorded in a range of time kept, with pre- and post-roll: something moves there, was found there, or is
    /// asked for. In the mode <see cref="RecordingMode.Continuous"/> it changes nothing.
    /// </summary>
    /// <param name="from">In µs since 1970 UTC; as far back as the pre-roll in memory reaches.</param>
    /// <param name="to">In µs since 1970 UTC; may lie in the future.</param>
    public void Want(long from, long to) => mode.Want(from, to);

    /// <summary>Stops for good: from now on nothing is to be recorded, so that nothing is missing.</summary>
    public ValueTask FinishAsync() => EndAsync(isOver: true);

    /// <summary>
    /// Stops, such as with the site; what is not recorded until another recorder goes on is a gap. When it returns, ffmpeg has
    /// ended and all that the store would take is in it.
    /// </summary>
    public ValueTask DisposeAsync() => EndAsync(isOver: false);

    private async ValueTask EndAsync(bool isOver)
    {
        if (Interlocked.Exchange(ref isDisposed, true)) return;
        await stop.CancelAsync().ConfigureAwait(false);
        await supervision.ConfigureAwait(false);
        if (missing is { } why && lastEnd > 0)
        {
            var now = Math.Max(lastEnd, Micros());
            Add(StoreQueue.Gap(lastEnd, now, why.Cause, why.Detail));
            lastEnd = now;
        }
        if (isOver) Add(End(lastEnd));
        await queue.DisposeAsync().ConfigureAwait(false);
        mode.Dispose();
        stop.Dispose();
        Change(RecorderState.Stopped, "It was stopped.");
    }

    private async Task SuperviseAsync()
    {
        try
        {
            await ResumeAsync().ConfigureAwait(false);
            var backoff = new RestartBackoff(options.RestartAfter, options.RestartAtMost);
            var pace = source.Kind == SourceKind.File ? new FilePace(mark) : null;
            long? duration = null;
            while (true)
            {
                var current = new CaptureRun(options, source, pace, time, motion) { Duration = duration };
                var end = await RunAsync(current).ConfigureAwait(false);
                if (end.Reason is null && !options.Loop)
                {
                    Add(End(lastEnd));
                    Change(RecorderState.Stopped, "The file has been played to its end.");
                    return;
                }
                if (end.Reason is null)
                {
                    duration = current.FileDuration;
                    pace!.Next(current.FileDuration);
                    continue;
                }
                missing ??= (end.Cause, end.Reason);
                if (current.WasLeftBehind) continue;
                pace?.Lose();
                if (current.HadFragments) backoff.Reset();
                Change(RecorderState.Failed, end.Reason);
                await Task.Delay(backoff.Next(), time, stop.Token).ConfigureAwait(false);
                lock (gate) restarts++;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Change(RecorderState.Stopped, "It was stopped.");
        }
    }

    /// <summary>What was being recorded when the site went down is missing since.</summary>
    private async Task ResumeAsync()
    {
        // While the store cannot be opened, capture begins all the same; times rise from what has come by itself.
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        soon.CancelAfter(options.StartTimeout);
        try
        {
            if (await queue.LastAsync(soon.Token).ConfigureAwait(false) is not { } last) return;
            lastEnd = last.End;
            if (last.Kind != IndexEntryKind.End) missing = (RecordingGapCause.SiteDown, "The recording was interrupted: the site was stopped or has crashed, or its settings were changed.");
            lock (gate) storedTo = last.End;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
        }
    }

    private async Task<CaptureEnd> RunAsync(CaptureRun current)
    {
        lock (gate) run = current;
        try
        {
            return await current.RunAsync(lastEnd, Take, stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            // A fault in this recording must not end its supervision.
            RecorderLog.RunFailed(logger, options.Camera, error);
            return new CaptureEnd(RecordingGapCause.Recorder, source.Redact($"The recorder failed: {error.Message}"));
        }
        finally
        {
            lock (gate) (run, codec, picture) = (null, current.Init?.Codec ?? codec, current.Init?.Picture ?? picture);
        }
    }

    private void Take(Captured fragment)
    {
        var began = fragment.Entry.Time;
        if (missing is null && lastEnd > 0 && began - lastEnd > Tolerance && state == RecorderState.Recording)
            missing = (RecordingGapCause.Clock, "The site's clock was set forward, or the times of the source have jumped.");
        if (missing is { } why)
        {
            mode.Break();
            if (lastEnd > 0 && began > lastEnd) Add(StoreQueue.Gap(lastEnd, began, why.Cause, why.Detail));
            if (options.Mode != RecordingMode.Continuous) Add(End(began));
            missing = null;
        }
        lastEnd = fragment.Entry.End;
        if (options.Mode == RecordingMode.Motion && fragment.Entry.HasMotion) mode.Want(began, lastEnd);
        foreach (var kept in mode.Take(fragment)) queue.Add(kept);
        Change(RecorderState.Recording, null);
    }

    private static IndexEntry End(long time) => new() { Kind = IndexEntryKind.End, Time = time };

    private void Add(IndexEntry entry) => queue.Add(new Captured(entry, null, null));

    private void Stored(IndexEntry entry)
    {
        lock (gate)
        {
            storedTo = entry.End;
            if (entry.Kind == IndexEntryKind.Gap) gaps++;
            if (entry.Kind != IndexEntryKind.Fragment) return;
            fragments++;
            bytes += entry.Bytes;
        }
    }

    private void Change(RecorderState to, string? why)
    {
        lock (gate)
        {
            if (state == to && reason == why) return;
            if (state != to) since = time.GetUtcNow();
            (state, reason) = (to, why);
        }
        RecorderLog.StateChanged(logger, to == RecorderState.Failed ? LogLevel.Warning : LogLevel.Information, options.Camera, to, why ?? "all is well");
    }

    private long Micros() => (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
