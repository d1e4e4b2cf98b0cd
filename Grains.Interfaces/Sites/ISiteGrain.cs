using Orleans.Concurrency;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Grains.Interfaces.Sites;

/// <summary>A site: the directory of its cameras and exchanges. The key is <see cref="Key"/>.</summary>
[Alias("weir.ISiteGrain")]
public interface ISiteGrain : IGrainWithStringKey
{
    /// <summary>The key of the one site grain of a cluster.</summary>
    const string Key = "site";

    /// <summary>Sets a camera up, or changes it.</summary>
    /// <param name="id">1 to 64 letters, digits, <c>-</c> and <c>.</c>, beginning with a letter or a digit.</param>
    /// <param name="settings">What to set.</param>
    /// <param name="who">Who does it, for the record; null where that is not known.</param>
    /// <exception cref="ArgumentException">The id or a setting is not allowed; the message says which and why.</exception>
    [Alias("PutCamera")] Task PutCameraAsync(string id, CameraSettings settings, string? who = null);

    /// <summary>Removes a camera.</summary>
    /// <returns>False if there was none.</returns>
    [Alias("RemoveCamera")] Task<bool> RemoveCameraAsync(string id, string? who = null);

    /// <summary>Sets an exchange up, or changes it.</summary>
    /// <param name="name">1 to 64 letters, digits, <c>-</c> and <c>.</c>, beginning with a letter or a digit.</param>
    /// <param name="settings">What to set.</param>
    /// <param name="who">Who does it, for the record; null where that is not known.</param>
    /// <exception cref="ArgumentException">The name or a setting is not allowed; the message says which and why.</exception>
    [Alias("PutExchange")] Task PutExchangeAsync(string name, ExchangeSettings settings, string? who = null);

    /// <summary>Removes an exchange. Its files stay.</summary>
    /// <returns>False if there was none.</returns>
    [Alias("RemoveExchange")] Task<bool> RemoveExchangeAsync(string name, string? who = null);

    /// <summary>Starts everything that is set up. Called once when the site starts.</summary>
    [Alias("Start")] Task StartAsync();

    /// <summary>The site at a glance.</summary>
    [Alias("GetOverview"), AlwaysInterleave] Task<SiteOverview> GetOverviewAsync();

    /// <summary>What lies beneath: silo, grains, streams.</summary>
    [Alias("GetSystem"), AlwaysInterleave] Task<SystemStatus> GetSystemAsync();

    /// <summary>Has an observer told of the site once a second until <see cref="UnsubscribeAsync"/>, or a minute after the last call.</summary>
    [Alias("Subscribe"), AlwaysInterleave] Task SubscribeAsync(ISiteObserver observer);

    /// <summary>Ends a subscription.</summary>
    [Alias("Unsubscribe"), AlwaysInterleave] Task UnsubscribeAsync(ISiteObserver observer);
}

/// <summary>Is told how a site does, once a second.</summary>
[Alias("weir.ISiteObserver")]
public interface ISiteObserver : IGrainObserver
{
    /// <summary>The site at a glance.</summary>
    [Alias("OnOverview"), OneWay] Task OnOverviewAsync(SiteOverview overview);
}
