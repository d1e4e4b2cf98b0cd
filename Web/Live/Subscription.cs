using Microsoft.Extensions.Logging;
using Orleans;

namespace Weir.Web.Live;

/// <summary>
/// Keeps an observer subscribed to a grain for as long as a page lives. Grains forget observers that do not renew,
/// so it renews well within their minute; after a fault it tries again, and a site that comes back is heard again.
/// </summary>
internal sealed partial class Subscription<TObserver> : IAsyncDisposable
    where TObserver : class, IGrainObserver
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly IGrainFactory grains;
    // Orleans holds observers weakly: somebody must hold this one.
    private readonly TObserver observer;
    private readonly TObserver reference;
    private readonly Func<TObserver, Task> subscribe;
    private readonly Func<TObserver, Task> unsubscribe;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stopped = new();
    private readonly Task renewing;

    public Subscription(
        IGrainFactory grains, TObserver observer,
        Func<TObserver, Task> subscribe, Func<TObserver, Task> unsubscribe, ILogger logger)
    {
        this.grains = grains;
        this.observer = observer;
        this.subscribe = subscribe;
        this.unsubscribe = unsubscribe;
        this.logger = logger;
        reference = grains.CreateObjectReference<TObserver>(observer);
        renewing = RenewAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        await renewing;
        try
        {
            await unsubscribe(reference);
        }
        catch (Exception e)
        {
            LogFault(logger, typeof(TObserver).Name, e);
        }
        grains.DeleteObjectReference<TObserver>(reference);
        GC.KeepAlive(observer);
        stopped.Dispose();
    }

    private async Task RenewAsync()
    {
        while (!stopped.IsCancellationRequested)
        {
            var pause = RenewEvery;
            try
            {
                await subscribe(reference);
            }
            catch (Exception e)
            {
                LogFault(logger, typeof(TObserver).Name, e);
                pause = RetryAfter;
            }
            await Task.Delay(pause, stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page could not reach the grain that feeds its {Observer}; it goes on trying.")]
    private static partial void LogFault(ILogger logger, string observer, Exception fault);
}
