using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;
using Weir.Database.Detections;
using Weir.Grains.Alarms;
using Weir.Grains.Cameras;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Recordings;
using Weir.Grains.Interfaces.Sites;
using Weir.Streams;
using Weir.Vision.Decode;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Recording.Replay;
using Weir.Vision.Recording.Retention;
using Weir.Vision.Recording.Store;
using StreamPosition = Weir.Streams.StreamPosition;

namespace Weir.Grains.Recordings;

/// <summary>
/// Owns the recorder of a camera: starts and stops it, tells it what the models find, lets old video go, keeps windows,
/// and reads what was recorded. The recorder works outside the grain's turns.
/// </summary>
[KeepAlive]
[ImplicitStreamSubscription(DetectionStreams.Namespace)]
internal sealed class RecordingGrain(
    [PersistentState("recording", SiteStorage.Name)] IPersistentState<RecordingGrainState> state,
    IStreamStore streams, DetectionTable detections, TimeProvider time, ILoggerFactory loggers)
    : Grain, IRecordingGrain, IStreamSubscriptionObserver, IAsyncObserver<FrameDetections>, IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly RecordingTrigger trigger = new();
    private RecordingWindows windows = null!;
    private VideoStore store = null!;
    private StandingAlarm failing = null!;
    private RecorderOptions? options;
    private Recorder? recorder;

    private string Camera => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        store = VideoStore.OfCamera(streams, Camera);
        windows = new RecordingWindows(Camera, state, streams, store, time);
        failing = new StandingAlarm(GrainFactory.GetGrain<IAlarmLogGrain>(ISiteGrain.Key), $"camera/{Camera}", "recording");
        this.RegisterGrainTimer(LookAsync, LookEvery, LookEvery);
        await FollowAsync();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => StopAsync(isOver: false);

    public async ValueTask DisposeAsync() => await StopAsync(isOver: false);

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<FrameDetections>().ResumeAsync(this);

    public Task OnNextAsync(FrameDetections item, StreamSequenceToken? token = null)
    {
        if (state.State.Settings is { } settings && trigger.Take(item, settings)) recorder?.Want(item.FrameTime, item.FrameTime);
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public async Task ApplyAsync(RecordingSettings settings)
    {
        if (await SourceAsync() is not { } camera)
            throw new KeyNotFoundException($"There is no camera '{Camera}' on this site.");
        if (settings.Url is { } url) settings = settings with { Url = CameraSource.Restore(url, state.State.Settings?.Url) };
        var wanted = RecordingMapping.ToOptions(Camera, camera, settings);
        string[] faults = [.. wanted.Faults(), .. RecordingMapping.ToRetention(settings).Faults()];
        if (faults.Length > 0) throw new ArgumentException(string.Join(" ", faults));
        state.State.Settings = settings;
        await state.WriteStateAsync();
        // A smaller budget is given back in smaller pieces, also where nothing is recorded any more.
        if (await store.ExistsAsync()) await store.CreateAsync(wanted.StoreBytes);
        await FollowAsync();
    }

    public Task<RecordingSettings?> GetSettingsAsync() => Task.FromResult(
        state.State.Settings is { Url: { } url } settings ? settings with { Url = CameraSource.Hide(url) } : state.State.Settings);

    public async Task FollowAsync()
    {
        var wanted = state.State.Settings is { Mode: not RecordingMode.Off } settings
            && await SourceAsync() is { Enabled: true } camera
                ? RecordingMapping.ToOptions(Camera, camera, settings)
                : null;
        if (wanted == options) return;
        await StopAsync(isOver: wanted is null);
        options = wanted;
        if (wanted is not null) recorder = new Recorder(wanted, store, () => trigger.MarkAt(Now()), time, loggers.CreateLogger<Recorder>());
    }

    public async Task<RecordingStatus> GetStatusAsync() =>
        RecordingMapping.ToStatus(Camera, state.State.Settings, recorder?.Status, await store.BytesAsync());

    public async Task<RecordingTimeline> GetTimelineAsync(long from, long to) => await RecordingTimelines.ReadAsync(
        Camera, Checked(from, to, TimeSpan.FromDays(31)), store, detections);

    public async Task<string> GetPlaylistAsync(long from, long to, string? window)
    {
        Checked(from, to, TimeSpan.FromDays(1));
        return HlsPlaylist.Write(await StoreOf(window).ReadAsync(from, to));
    }

    public Task<byte[]?> ReadInitAsync(string position, string? window) => StoreOf(window).ReadInitAsync(Parse(position));

    public Task<byte[]?> ReadFragmentsAsync(string position, int count, string? window)
    {
        const int most = 10_000;
        return count is >= 1 and <= most
            ? StoreOf(window).ReadFragmentsAsync(Parse(position), count)
            : throw new ArgumentException($"count must be between 1 and {most:#,0}, but is {count}.");
    }

    public async Task<RecordingClipPart> ReadClipAsync(RecordingClip clip)
    {
        Checked(clip.From, clip.To, TimeSpan.FromDays(1));
        var part = await ClipWriter.WriteAsync(StoreOf(clip.Window), clip.From, clip.To, RecordingMapping.ToPlace(clip.Place));
        return new RecordingClipPart(part.Bytes, part.Place is { } place ? RecordingMapping.ToText(place) : null);
    }

    public async Task<RecordingRetentionPreview> PreviewRetentionAsync(RecordingSettings? settings)
    {
        var retention = RecordingMapping.ToRetention(settings ?? state.State.Settings ?? new RecordingSettings());
        if (retention.Faults().ToList() is { Count: > 0 } faults) throw new ArgumentException(string.Join(" ", faults));
        return RecordingMapping.ToPreview(await RetentionPlan.MakeAsync(store, retention, Now(), windows.Hold));
    }

    public async Task TrimAsync()
    {
        await windows.CopyAsync();
        await windows.ExpireAsync();
        var retention = RecordingMapping.ToRetention(state.State.Settings ?? new RecordingSettings());
        var plan = await RetentionPlan.MakeAsync(store, retention, Now(), windows.Hold);
        if (plan.Fragments > 0) await plan.ApplyAsync(store);
    }

    public async Task<RecordingWindow> KeepWindowAsync(WindowRequest request)
    {
        Checked(request.From, request.To, TimeSpan.FromDays(1));
        // What nothing else makes worth keeping is recorded for the window.
        recorder?.Want(request.From, request.To);
        return await windows.AddAsync(request);
    }

    public Task<IReadOnlyList<RecordingWindow>> ListWindowsAsync() => windows.ListAsync();

    public Task WindowFetchedAsync(string id) => windows.FetchedAsync(id);

    public Task<bool> ReleaseWindowAsync(string id) => windows.ReleaseAsync(id);

    public async Task DeleteAllAsync()
    {
        await StopAsync(isOver: true);
        await store.DeleteAsync();
        await FollowAsync();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await windows.CopyAsync();
        var status = recorder?.Status;
        await failing.FollowAsync(status?.State == RecorderState.Failed ? status.Reason ?? "Nothing is recorded." : null);
    }

    private async Task StopAsync(bool isOver)
    {
        var stopping = recorder;
        (recorder, options) = (null, null);
        if (stopping is not null) await (isOver ? stopping.FinishAsync() : stopping.DisposeAsync());
    }

    private Task<CameraSettings?> SourceAsync() => GrainFactory.GetGrain<ICameraSourceGrain>(Camera).GetWholeSettingsAsync();

    private VideoStore StoreOf(string? window) => window is null ? store : windows.StoreOf(window);

    private static StreamPosition Parse(string position) => StreamPosition.TryParse(position, out var parsed) && parsed.Offset >= 0
        ? parsed
        : throw new ArgumentException($"at must be a position of a playlist, such as 0:123, but is '{position}'.");

    private static (long From, long To) Checked(long from, long to, TimeSpan most)
    {
        if (from < 0 || to <= from) throw new ArgumentException("to must be later than from.");
        if (to - from > most.TotalMicroseconds) throw new ArgumentException($"from and to must be at most {most.TotalDays:0} days apart.");
        return (from, to);
    }

    private long Now() => (time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
