using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Weir.Database.Retention;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Results;

/// <summary>Lets old rows of the database go, on one silo of the site. The key is <see cref="ISiteGrain.Key"/>.</summary>
[Alias("weir.IRetentionGrain")]
internal interface IRetentionGrain : IGrainWithStringKey
{
    /// <summary>Starts it, if it does not run.</summary>
    [Alias("Start")] Task StartAsync();
}

/// <inheritdoc cref="IRetentionGrain"/>
[KeepAlive]
internal sealed partial class RetentionGrain(
    RowRetention retention, IOptions<RetentionOptions> options, ILogger<RetentionGrain> logger)
    : Grain, IRetentionGrain, IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Enabled) this.RegisterGrainTimer(LookAsync, TimeSpan.FromSeconds(30), options.Value.Every);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public void Dispose() => stop.Dispose();

    public Task StartAsync() => Task.CompletedTask;

    // Beside the grain's turns: a large step back in age takes its time.
    private Task LookAsync(CancellationToken cancellationToken)
    {
        if (running.IsCompleted) running = Task.Run(RunAsync, cancellationToken);
        return Task.CompletedTask;
    }

    private async Task RunAsync()
    {
        try
        {
            foreach (var gone in (await retention.RunAsync(stop.Token)).Where(rows => rows.Rows > 0))
                LogGone(logger, gone.Rows, gone.Table, gone.Class is null ? "" : $" ({gone.Class})");
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            LogFault(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} rows of {Table}{Class} have passed their age and are gone.")]
    private static partial void LogGone(ILogger logger, long rows, string table, string @class);

    [LoggerMessage(Level = LogLevel.Error, Message = "Old rows could not be removed from the database; it is tried again later.")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
