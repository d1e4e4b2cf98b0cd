using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Weir.Grains.Exchanges;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Peers;

/// <summary>
/// Says again and again that this silo runs, and learns which others do and which exchanges the site has. With that it also calls the
/// site's grain to life on another silo when the one that it was on has gone.
/// </summary>
internal sealed partial class PeerService(
    Peer peer, PeerRelay relay, ExchangeSet exchanges, ILocalSiloDetails silo, IGrainFactory grains, TimeProvider time, ILogger<PeerService> logger)
    : BackgroundService
{
    // Orleans holds observers weakly; the peer is one of the host's own services.
    private IPeer reference = null!;

    /// <summary>Before the broker listens: no message comes whose exchange this silo does not know.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        reference = grains.CreateObjectReference<IPeer>(peer);
        await JoinAsync();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>After the broker has closed, and before the silo does.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await grains.GetGrain<IPeersGrain>(ISiteGrain.Key).LeaveAsync(silo.Name).WaitAsync(cancellationToken);
        }
        catch (Exception e)
        {
            LogCannotLeave(logger, e.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(PeersGrain.JoinEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await JoinAsync();
                }
                catch (Exception e)
                {
                    LogCannotJoin(logger, e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task JoinAsync()
    {
        relay.Know(await grains.GetGrain<IPeersGrain>(ISiteGrain.Key).JoinAsync(silo.Name, reference));
        exchanges.Know(await grains.GetGrain<IExchangeDirectoryGrain>(ISiteGrain.Key).GetDirectoryAsync());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "This silo could not say that it stops; the others find out: {Reason}")]
    private static partial void LogCannotLeave(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This silo could not tell the site that it runs; it tries again.")]
    private static partial void LogCannotJoin(ILogger logger, Exception fault);
}
