using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Web.Live;

/// <summary>Hands what a camera sees to a page.</summary>
internal sealed class CameraObserver(
    Action<FrameDetections> onFrame, Action<CameraStatus> onStatus, Action<SceneEvent>? onSceneEvent) : ICameraObserver
{
    public Task OnSceneEventAsync(SceneEvent happened)
    {
        onSceneEvent?.Invoke(happened);
        return Task.CompletedTask;
    }

    public Task OnFrameAsync(FrameDetections frame)
    {
        onFrame(frame);
        return Task.CompletedTask;
    }

    public Task OnStatusAsync(CameraStatus status)
    {
        onStatus(status);
        return Task.CompletedTask;
    }
}

/// <summary>Hands what the broker carries to a page.</summary>
internal sealed class BrokerObserver(Action<TopicChanges> onTopics) : IBrokerObserver
{
    public Task OnTopicsAsync(TopicChanges changes)
    {
        onTopics(changes);
        return Task.CompletedTask;
    }
}

/// <summary>Hands how the site does to a page.</summary>
internal sealed class SiteObserver(Action<SiteOverview> onOverview) : ISiteObserver
{
    public Task OnOverviewAsync(SiteOverview overview)
    {
        onOverview(overview);
        return Task.CompletedTask;
    }
}
