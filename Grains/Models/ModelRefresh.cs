using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Weir.Grains.Models;

/// <summary>Takes new versions of models into use as they come into their folders.</summary>
internal sealed partial class ModelRefresh(SiteModels models, TimeProvider time, ILogger<ModelRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!models.HasAny) return;
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var model in models.Set.Refresh()) LogNew(logger, model.Description.Name, model.Description.Version);
            }
            catch (IOException fault)
            {
                // A folder that is being written just now; the next look finds it whole.
                LogBusy(logger, fault);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {Model}: version {Version} is in use.")]
    private static partial void LogNew(ILogger logger, string model, string version);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The folder of models could not be read just now.")]
    private static partial void LogBusy(ILogger logger, Exception fault);
}
