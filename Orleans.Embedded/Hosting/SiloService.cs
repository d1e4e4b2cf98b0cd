using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Starts the silo with the host and stops it within the host's time for that.</summary>
internal sealed partial class SiloService(
    Silo silo, GrainCatalog catalog, SiloLifecycle lifecycle,
    IEnumerable<ILifecycleParticipant<ISiloLifecycle>> participants, IEnumerable<IConfigurationValidator> validators,
    ILogger<SiloService> logger)
    : IHostedService, IDisposable
{
    private ITimer? _collection;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var validator in validators) validator.ValidateConfiguration();
        catalog.Check();
        foreach (var participant in participants) participant.Participate(lifecycle);
        lifecycle.Subscribe<Silo>(
            ServiceLifecycleStage.GrainDeactivation, _ => Task.CompletedTask, silo.DeactivateAllAsync);
        lifecycle.Subscribe<Silo>(ServiceLifecycleStage.BecomeActive, BecomeActiveAsync);
        silo.Status = SiloStatus.Joining;
        try
        {
            await lifecycle.StartAsync(cancellationToken);
        }
        catch
        {
            await StopAsync(cancellationToken);
            throw;
        }

        LogStarted(logger);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (silo.Status is SiloStatus.Created or SiloStatus.Dead) return;
        silo.Status = SiloStatus.ShuttingDown;
        _collection?.Dispose();
        await lifecycle.StopAsync(cancellationToken, logger);

        // Whatever stage was reached: grains may have been called from the earliest on.
        await silo.DeactivateAllAsync(cancellationToken);
        silo.Status = SiloStatus.Dead;
        LogStopped(logger);
    }

    public void Dispose()
    {
        _collection?.Dispose();
        silo.Clock.Dispose();
    }

    private Task BecomeActiveAsync(CancellationToken cancellationToken)
    {
        var quantum = silo.Collection.CollectionQuantum;
        using (ExecutionContext.SuppressFlow())
        {
            _collection = silo.Time.CreateTimer(static silo => ((Silo)silo!).CollectIdle(), silo, quantum, quantum);
        }

        silo.Status = SiloStatus.Active;
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The silo has started")]
    private static partial void LogStarted(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "The silo has stopped")]
    private static partial void LogStopped(ILogger logger);
}
