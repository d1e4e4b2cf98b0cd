using Microsoft.Extensions.Logging;
using Orleans;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Models;
using Weir.Grains.Interfaces.Recordings;
using Weir.Grains.Interfaces.Results;
using Weir.Grains.Interfaces.Rules;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Interfaces.Transfers;
using Weir.Grains.Interfaces.Users;

namespace Weir.Web.Live;

/// <summary>The site as pages see it: its grains, and subscriptions to what they tell.</summary>
internal sealed class SiteFeed(IGrainFactory grains, Visitor visitor, ILogger<SiteFeed> logger)
{
    /// <summary>Who looks, for the record of changes.</summary>
    public string? Who => visitor.Name;

    /// <summary>The site's own grain.</summary>
    public ISiteGrain Site => grains.GetGrain<ISiteGrain>(ISiteGrain.Key);

    /// <summary>The broker.</summary>
    public IBrokerGrain Broker => grains.GetGrain<IBrokerGrain>(ISiteGrain.Key);

    /// <summary>The broker's clients.</summary>
    public IBrokerClientsGrain BrokerClients => grains.GetGrain<IBrokerClientsGrain>(ISiteGrain.Key);

    /// <summary>The alarms.</summary>
    public IAlarmLogGrain Alarms => grains.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);

    /// <summary>The rules that raise alarms.</summary>
    public IRulesGrain Rules => grains.GetGrain<IRulesGrain>(ISiteGrain.Key);

    /// <summary>The broker's users in the database.</summary>
    public IUsersGrain Users => grains.GetGrain<IUsersGrain>(ISiteGrain.Key);

    /// <summary>The models that cameras can use.</summary>
    public IModelsGrain Models => grains.GetGrain<IModelsGrain>(ISiteGrain.Key);

    /// <summary>A camera.</summary>
    public ICameraGrain Camera(string id) => grains.GetGrain<ICameraGrain>(id);

    /// <summary>Looks at sources.</summary>
    public ISourceProbeGrain SourceProbe => grains.GetGrain<ISourceProbeGrain>(ISiteGrain.Key);

    /// <summary>What a camera has seen.</summary>
    public IAnalyticsGrain Analytics(string id) => grains.GetGrain<IAnalyticsGrain>(id);

    /// <summary>The recording of a camera.</summary>
    public IRecordingGrain Recording(string camera) => grains.GetGrain<IRecordingGrain>(camera);

    /// <summary>What the database has of results.</summary>
    public IResultsGrain Results => grains.GetGrain<IResultsGrain>(ISiteGrain.Key);

    /// <summary>An exchange.</summary>
    public IExchangeGrain Exchange(string name) => grains.GetGrain<IExchangeGrain>(name);

    /// <summary>Searches, and files that travel.</summary>
    public ITransfersGrain Transfers => grains.GetGrain<ITransfersGrain>(ISiteGrain.Key);

    /// <summary>The replays.</summary>
    public IReplayGrain Replays => grains.GetGrain<IReplayGrain>(ISiteGrain.Key);

    /// <summary>Has a page told how the site does, once a second, until it disposes the answer.</summary>
    public IAsyncDisposable WatchSite(Action<SiteOverview> onOverview) =>
        new Subscription<ISiteObserver>(
            grains, new SiteObserver(onOverview), Site.SubscribeAsync, Site.UnsubscribeAsync, logger);

    /// <summary>Has a page told what a camera sees, until it disposes the answer.</summary>
    public IAsyncDisposable WatchCamera(
        string id, Action<FrameDetections> onFrame, Action<CameraStatus> onStatus, Action<SceneEvent>? onSceneEvent = null)
    {
        var camera = Camera(id);
        return new Subscription<ICameraObserver>(
            grains, new CameraObserver(onFrame, onStatus, onSceneEvent), camera.SubscribeAsync, camera.UnsubscribeAsync, logger);
    }

    /// <summary>Has a page told what the broker carries, until it disposes the answer.</summary>
    public IAsyncDisposable WatchTopics(Action<TopicChanges> onTopics) =>
        new Subscription<IBrokerObserver>(
            grains, new BrokerObserver(onTopics), Broker.SubscribeAsync, Broker.UnsubscribeAsync, logger);
}
