using Microsoft.Extensions.Hosting;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Sites;

/// <summary>
/// Starts the site's cameras and exchanges once the silo runs and before the broker listens: no message comes that its
/// exchange is not there to keep.
/// </summary>
internal sealed class SiteStart(IGrainFactory grains) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => grains.GetGrain<ISiteGrain>(ISiteGrain.Key).StartAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
