using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Vision.Cascades;
using Weir.Vision.Decode;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>
/// Keeps one camera running: decoder, model, results. It never gives up: when the source ends, fails or goes silent,
/// the decoder is started again after a wait that doubles up to a limit. Its failures are its own; cameras share the
/// model only. All members may be called from any thread.
/// </summary>
public sealed class CameraPipeline : IAsyncDisposable
{
    private readonly CameraParts camera;
    private readonly Channel<FrameResult> results;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private Task? supervision;
    private bool disposed;
    private CameraRun? run;
    private PictureSize? picture;
    private CameraState state = CameraState.Stopped;
    private string? reason = "It has not been started.";
    private DateTimeOffset since;

    /// <summary>Makes the pipeline of a camera; <see cref="Start"/> runs it.</summary>
    /// <param name="options">The camera.</param>
    /// <param name="model">The model, which must outlive the pipeline.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">Where changes of state are told.</param>
    /// <param name="open">Opens the models of cascades by name; they must outlive the pipeline. Null for a camera without cascades.</param>
    /// <exception cref="ArgumentException">Options are out of their range; the message lists all of them.</exception>
    /// <exception cref="ModelException">A cascade's model is not there or cannot be loaded.</exception>
    public CameraPipeline(
        CameraOptions options, DetectionModel model, TimeProvider? time = null, ILogger<CameraPipeline>? logger = null,
        Func<string, DetectionModel>? open = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        if (options.Faults() is { Count: > 0 } faults)
            throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));

        time ??= TimeProvider.System;
        this.logger = logger ?? NullLogger<CameraPipeline>.Instance;
        var analysis = new FrameAnalysis(options, model, CascadeSet.Open(options.Cascades, open));
        results = Channel.CreateBounded<FrameResult>(options.ResultsWaiting);
        camera = new CameraParts(
            options, SourceUrl.Parse(options.Url, out _)!, model, new InputPool(), analysis, new FullFrameStore(),
            new PictureRing(options.PicturesKept), new CameraCounters(time), results.Writer, time);
        since = time.GetUtcNow();
    }

    /// <summary>
    /// Raised after each change of <see cref="CameraStatus.State"/> or its reason, by the pipeline's own task: handlers
    /// must be quick and must not throw.
    /// </summary>
    public event Action<CameraStatus>? StatusChanged;

    /// <summary>The camera's options.</summary>
    public CameraOptions Options => camera.Options;

    /// <summary>
    /// What was found, frame after frame; it ends when the pipeline stops. While it is full, frames are skipped.
    /// </summary>
    public ChannelReader<FrameResult> Results => results.Reader;

    /// <summary>The tracks that had not ended when the camera stopped; none before.</summary>
    public IReadOnlyList<EndedTrack> LastTracks { get; private set; } = [];

    /// <summary>How the camera is doing now.</summary>
    public CameraStatus Status
    {
        get
        {
            lock (gate)
            {
                return new CameraStatus
                {
                    Id = camera.Options.Id,
                    State = state,
                    Reason = reason,
                    Since = since,
                    Source = camera.Source.Shown,
                    Picture = run?.Picture ?? picture,
                    LastFrame = camera.Counters.LastFrame,
                    DecoderProcessId = run?.ProcessId,
                    Statistics = camera.Counters.Read(),
                };
            }
        }
    }

    /// <summary>Starts the camera; a pipeline starts once.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public void Start()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (supervision is not null)
                throw new InvalidOperationException($"Camera '{camera.Options.Id}' was started before.");
            supervision = Task.Run(() => SuperviseAsync(stop.Token));
        }
    }

    /// <summary>The JPEG of a frame, if it is among the newest <see cref="CameraOptions.PicturesKept"/>.</summary>
    public bool TryGetPicture(long frameNumber, out ReadOnlyMemory<byte> jpeg)
    {
        var found = camera.Pictures.Find(frameNumber);
        jpeg = found?.Jpeg ?? default;
        return found is not null;
    }

    /// <summary>The newest JPEG and the number of its frame.</summary>
    public bool TryGetNewestPicture(out long frameNumber, out ReadOnlyMemory<byte> jpeg)
    {
        var found = camera.Pictures.Newest();
        (frameNumber, jpeg) = (found?.FrameNumber ?? 0, found?.Jpeg ?? default);
        return found is not null;
    }

    /// <summary>
    /// The newest picture as soon as it is another one than that of a frame: who shows pictures as they come asks with the
    /// number of the one shown last. Pictures are those of all frames, whether or not the model looked at them.
    /// </summary>
    /// <param name="than">The number of a frame; 0 for none.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null when none came in that time, or the pipeline has stopped.</returns>
    public ValueTask<Picture?> WaitForPictureAsync(long than, TimeSpan patience, CancellationToken cancellationToken = default) =>
        camera.Pictures.WaitOtherAsync(than, patience, camera.Time, cancellationToken);

    /// <summary>
    /// Stops the camera; when it returns, the decoder's process has ended and <see cref="Results"/> is complete.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
            running = supervision;
        }
        await stop.CancelAsync().ConfigureAwait(false);
        if (running is not null) await running.ConfigureAwait(false);
        results.Writer.TryComplete();
        camera.Inputs.Dispose();
        camera.Analysis.Dispose();
        stop.Dispose();
    }

    private async Task SuperviseAsync(CancellationToken stopping)
    {
        var options = camera.Options;
        var backoff = new RestartBackoff(options.RestartAfter, options.RestartAtMost);
        var lastTime = 0L;
        var failures = 0;
        string? wentAway = null;
        Change(CameraState.Starting, null);
        try
        {
            while (true)
            {
                var clock = new FrameClock(options.Pacing == FramePacing.Source, lastTime);
                var current = new CameraRun(camera, clock, wentAway, () => Change(CameraState.Live, null));
                lock (gate) run = current;
                var end = await RunAsync(current, stopping).ConfigureAwait(false);
                lastTime = clock.Last;
                if (end.Reason is null)
                {
                    Change(CameraState.Stopped, "The recording has been played to its end.");
                    return;
                }
                if (current.HadFrames)
                {
                    wentAway = end.Reason;
                    backoff.Reset();
                    failures = 0;
                }
                else failures++;
                if (failures == options.GiveUpAfter)
                {
                    Change(CameraState.Failed, $"It was given up after {failures} starts without a frame: {end.Reason}");
                    return;
                }
                Change(current.HadFrames ? CameraState.Stale : CameraState.Failed, end.Reason);
                await Task.Delay(backoff.Next(), camera.Time, stopping).ConfigureAwait(false);
                camera.Counters.Restart();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Change(CameraState.Stopped, "It was stopped.");
        }
        finally
        {
            LastTracks = [.. camera.Analysis.End().Select(TrackMapping.Of)];
            camera.Pictures.Close();
            results.Writer.TryComplete();
        }
    }

    private async Task<RunEnd> RunAsync(CameraRun current, CancellationToken stopping)
    {
        try
        {
            return await current.RunAsync(stopping).ConfigureAwait(false);
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            // A fault in this camera must not end its supervision.
            CameraLog.RunFailed(logger, camera.Options.Id, error);
            return new RunEnd(camera.Source.Redact($"The pipeline failed: {error.Message}"));
        }
        finally
        {
            lock (gate) (run, picture) = (null, current.Picture ?? picture);
        }
    }

    private void Change(CameraState to, string? why)
    {
        lock (gate)
        {
            if (state == to && reason == why) return;
            if (state != to) since = camera.Time.GetUtcNow();
            (state, reason) = (to, why);
        }
        var level = to is CameraState.Stale or CameraState.Failed ? LogLevel.Warning : LogLevel.Information;
        CameraLog.StateChanged(logger, level, camera.Options.Id, to, why ?? "all is well");
        StatusChanged?.Invoke(Status);
    }
}
