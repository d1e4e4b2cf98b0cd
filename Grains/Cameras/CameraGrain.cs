using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using Weir.Grains.Alarms;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Observers;
using Weir.Vision.Decode;
using Weir.Vision.Pipeline;
using CameraState = Weir.Grains.Interfaces.Cameras.CameraState;
using CameraStatus = Weir.Grains.Interfaces.Cameras.CameraStatus;

namespace Weir.Grains.Cameras;

/// <summary>
/// Owns the pipeline of a camera: starts and stops it, publishes what it finds, tells pages, keeps the alarm of a
/// camera that gives no frames. The pipeline works outside the grain's turns; only its results come in.
/// </summary>
[KeepAlive]
internal sealed partial class CameraGrain(
    [PersistentState("camera", SiteStorage.Name)] IPersistentState<CameraGrainState> state,
    CameraPipelines pipelines, EvidenceKeeper evidence, TimeProvider time, ILogger<CameraGrain> logger)
    : Grain, ICameraGrain, ICameraSourceGrain
{
    private const int EventsKept = 100;

    /// <summary>Tracks whose pictures wait to be kept; where more end at a time, frames wait, and are skipped and counted.</summary>
    private const int TracksWaiting = 64;

    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    /// <summary>Well within the time that a call may take.</summary>
    private static readonly TimeSpan PicturePatience = TimeSpan.FromSeconds(10);

    private readonly LiveObservers<ICameraObserver> observers = new(logger);
    private readonly LinkedList<SceneEvent> events = new();
    private IAsyncStream<FrameDetections> detections = null!;
    private IAsyncStream<SceneEvent> sceneEvents = null!;
    private IAsyncStream<TrackSummary> tracks = null!;
    private StandingAlarm alarm = null!;
    private StandingAlarm covered = null!;
    private CameraPipeline? pipeline;
    private DateTimeOffset closedSince;
    private Task reading = Task.CompletedTask;
    private FrameDetections? newest;

    private string Id => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var provider = this.GetStreamProvider(DetectionStreams.Provider);
        detections = provider.GetStream<FrameDetections>(StreamId.Create(DetectionStreams.Namespace, Id));
        sceneEvents = provider.GetStream<SceneEvent>(StreamId.Create(DetectionStreams.SceneEvents, Id));
        tracks = provider.GetStream<TrackSummary>(StreamId.Create(DetectionStreams.Tracks, Id));
        var alarms = GrainFactory.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);
        alarm = new StandingAlarm(alarms, $"camera/{Id}", "no-frames");
        covered = new StandingAlarm(alarms, $"camera/{Id}", "covered");
        this.RegisterGrainTimer(TellAsync, TellEvery, TellEvery);
        closedSince = time.GetUtcNow();
        Open();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => CloseAsync();

    public async Task ApplyAsync(CameraSettings settings)
    {
        settings = settings with { Url = CameraSource.Restore(settings.Url, state.State.Settings?.Url) };
        pipelines.Check(Id, settings);
        state.State.Settings = settings;
        await state.WriteStateAsync();
        await CloseAsync();
        Open();
    }

    public Task<CameraSettings?> GetSettingsAsync() => Task.FromResult(
        state.State.Settings is { } settings ? settings with { Url = CameraSource.Hide(settings.Url) } : null);

    public Task<CameraSettings?> GetWholeSettingsAsync() => Task.FromResult(state.State.Settings);

    public Task<CameraStatus> GetStatusAsync() => Task.FromResult(ReadStatus());

    public Task<byte[]?> GetPictureAsync(long? frameNumber)
    {
        if (pipeline is null) return Task.FromResult<byte[]?>(null);
        var found = frameNumber is { } number
            ? pipeline.TryGetPicture(number, out var jpeg)
            : pipeline.TryGetNewestPicture(out _, out jpeg);
        return Task.FromResult(found ? jpeg.ToArray() : null);
    }

    public async Task<LivePicture?> WaitForPictureAsync(long than)
    {
        if (state.State.Settings is null) throw Unknown();
        return pipeline is not null && await pipeline.WaitForPictureAsync(than, PicturePatience) is { } picture
            ? new LivePicture(picture.FrameNumber, picture.IngestTime, picture.Jpeg)
            : null;
    }

    public async Task RemoveAsync()
    {
        await CloseAsync();
        await state.ClearStateAsync();
        await alarm.FollowAsync(null);
        await covered.FollowAsync(null);
        DeactivateOnIdle();
    }

    public Task<IReadOnlyList<SceneEvent>> GetSceneEventsAsync() => Task.FromResult<IReadOnlyList<SceneEvent>>([.. events]);

    public Task SubscribeAsync(ICameraObserver observer)
    {
        observers.Subscribe(observer);
        return Task.CompletedTask;
    }

    public Task UnsubscribeAsync(ICameraObserver observer)
    {
        observers.Unsubscribe(observer);
        return Task.CompletedTask;
    }

    private void Open()
    {
        if (state.State.Settings is not { Enabled: true } settings) return;
        pipeline = pipelines.Open(Id, settings);
        reading = ReadAsync(pipeline);
    }

    private async Task CloseAsync()
    {
        if (pipeline is null) return;
        await pipeline.DisposeAsync();
        await reading;
        pipeline = null;
        newest = null;
        closedSince = time.GetUtcNow();
    }

    /// <summary>Runs as turns of this grain for as long as the pipeline gives results.</summary>
    private async Task ReadAsync(CameraPipeline source)
    {
        FrameResult? last = null;
        // Pictures take their time, which must not hold up the frames.
        var ended = Channel.CreateBounded<(EndedTrack Track, FrameResult Frame)>(TracksWaiting);
        var telling = TellTracksAsync(ended.Reader);
        await foreach (var result in source.Results.ReadAllAsync())
        {
            last = result;
            var frame = FrameMapping.ToMessage(result);
            newest = frame;
            await PublishAsync(detections, frame, result.FrameNumber);
            foreach (var happened in FrameMapping.ToEvents(result)) await TellAsync(happened, result);
            foreach (var track in result.EndedTracks) await ended.Writer.WriteAsync((track, result));
            await observers.NotifyAsync(observer => observer.OnFrameAsync(frame));
        }
        if (last is not null)
            foreach (var track in source.LastTracks) await ended.Writer.WriteAsync((track, last));
        ended.Writer.Complete();
        await telling;
    }

    private async Task TellAsync(SceneEvent happened, FrameResult frame)
    {
        var isPassing = happened.Kind is SceneEventKind.Enter or SceneEventKind.Leave or SceneEventKind.LineCrossed;
        if (!isPassing && state.State.Settings is { KeepEvidence: true })
            happened = happened with { Picture = await evidence.KeepAsync(Id, frame.Jpeg) };
        events.AddFirst(happened);
        if (events.Count > EventsKept) events.RemoveLast();
        await PublishAsync(sceneEvents, happened, happened.FrameNumber);
        if (happened.Kind is SceneEventKind.CameraCovered or SceneEventKind.CameraClear)
            await covered.FollowAsync(happened.Kind == SceneEventKind.CameraCovered ? happened.Text : null);
        await observers.NotifyAsync(observer => observer.OnSceneEventAsync(happened));
    }

    private async Task TellTracksAsync(ChannelReader<(EndedTrack Track, FrameResult Frame)> ended)
    {
        await foreach (var (track, frame) in ended.ReadAllAsync())
        {
            var (picture, framePicture) = state.State.Settings is { KeepEvidence: true } ? await evidence.KeepAsync(Id, track) : default;
            var summary = FrameMapping.ToSummary(Id, track, frame.Model, frame.ModelVersion) with { Picture = picture, FramePicture = framePicture };
            await PublishAsync(tracks, summary, frame.FrameNumber);
        }
    }

    /// <summary>A stream that cannot be written to just now must not end the reading of results.</summary>
    private async Task PublishAsync<T>(IAsyncStream<T> stream, T message, long frame)
    {
        try
        {
            await stream.OnNextAsync(message);
        }
        catch (Exception e)
        {
            LogNotPublished(logger, Id, frame, e);
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        if (state.State.Settings is null) return;
        var status = ReadStatus();
        var isDown = status.State is CameraState.Stale or CameraState.Failed;
        await alarm.FollowAsync(isDown ? status.Reason ?? "No frames come." : null);
        await observers.NotifyAsync(observer => observer.OnStatusAsync(status));
    }

    private CameraStatus ReadStatus() => state.State.Settings is { } settings
        ? FrameMapping.ToStatus(Id, settings, pipeline?.Status, newest, closedSince)
        : throw Unknown();

    private KeyNotFoundException Unknown() => new($"There is no camera '{Id}' on this site.");

    [LoggerMessage(Level = LogLevel.Error, Message = "Frame {Frame} of camera {Camera} could not be published; what it showed is lost.")]
    private static partial void LogNotPublished(ILogger logger, string camera, long frame, Exception fault);
}
