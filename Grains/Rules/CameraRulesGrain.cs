using Microsoft.Extensions.Logging;
using Orleans.Streams;
using Orleans.Streams.Core;
using Weir.Grains.Cameras;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Rules;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Rules;

/// <summary>Holds the detections of one camera against the rules of the site. The key is the camera's id.</summary>
[Alias("weir.ICameraRulesGrain")]
internal interface ICameraRulesGrain : IGrainWithStringKey;

/// <inheritdoc cref="ICameraRulesGrain"/>
[ImplicitStreamSubscription(DetectionStreams.Namespace)]
internal sealed partial class CameraRulesGrain(EvidenceKeeper evidence, ILogger<CameraRulesGrain> logger)
    : Grain, ICameraRulesGrain, IStreamSubscriptionObserver, IAsyncObserver<FrameDetections>
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private List<RuleWatch> watches = [];
    private long? version;

    private string Camera => this.GetPrimaryKeyString();

    private IAlarmLogGrain Alarms => GrainFactory.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await KnowAsync(cancellationToken);
        this.RegisterGrainTimer(KnowAsync, LookEvery, LookEvery);
    }

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<FrameDetections>().ResumeAsync(this);

    public async Task OnNextAsync(FrameDetections item, StreamSequenceToken? token = null)
    {
        foreach (var watch in watches) await LookAsync(watch, item);
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    /// <summary>Takes the rules anew where they have changed.</summary>
    private async Task KnowAsync(CancellationToken cancellationToken)
    {
        try
        {
            var list = await GrainFactory.GetGrain<IRulesGrain>(ISiteGrain.Key).ListAsync();
            if (list.Version == version) return;
            var old = watches.ToDictionary(watch => watch.Rule.Id);
            watches = [.. list.Rules.Where(rule => rule.Settings is { Enabled: true, Kind: RuleKind.Detections } && (rule.Settings.Camera ?? Camera) == Camera)
                .Select(rule => old.GetValueOrDefault(rule.Id) is { } known && known.Rule == rule ? known : new RuleWatch(rule, Alarms, $"camera/{Camera}"))];
            version = list.Version;
            // What one of them has raised after the change would stand for ever.
            foreach (var gone in old.Values.Except(watches)) await gone.EndAsync();
        }
        catch (Exception e)
        {
            LogUnknown(logger, Camera, e);
        }
    }

    // The database may be away: the alarm is tried again with the next frame.
    private async Task LookAsync(RuleWatch watch, FrameDetections frame)
    {
        try
        {
            var count = RuleConditions.Count(watch.Rule.Settings, frame);
            var holds = RuleConditions.Holds(watch.Rule.Settings, count);
            await watch.LookAsync(holds, frame.FrameTime, () => RuleConditions.SayCount(watch.Rule, count));
            if (holds && watch.WithoutPicture is { } alarm && await KeepPictureAsync(alarm, frame)) watch.WithoutPicture = null;
        }
        catch (Exception e)
        {
            LogNotKept(logger, watch.Rule.Id, Camera, e);
        }
    }

    /// <summary>
    /// Keeps the picture of a frame. A camera has its newest pictures only, so that of a frame that has waited long may be
    /// gone, and the database may be away: then the next frame on which the condition holds will do.
    /// </summary>
    /// <returns>Whether it is kept, or none is wanted.</returns>
    private async Task<bool> KeepPictureAsync(string alarm, FrameDetections frame)
    {
        var camera = GrainFactory.GetGrain<ICameraGrain>(Camera);
        if (await camera.GetSettingsAsync() is not { KeepEvidence: true }) return true;
        if (await camera.GetPictureAsync(frame.FrameNumber) is not { } picture || await evidence.KeepAsync(Camera, picture) is not { } name) return false;
        await Alarms.AddEvidenceAsync(alarm, name);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rules for camera {Camera} could not be asked for; those known hold on.")]
    private static partial void LogUnknown(ILogger logger, string camera, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An alarm of rule {Rule} for camera {Camera} could not be kept.")]
    private static partial void LogNotKept(ILogger logger, string rule, string camera, Exception fault);
}
