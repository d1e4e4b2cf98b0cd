using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>
/// Observers by stage: the stages start from the lowest to the highest and stop the other way round; the observers of
/// one stage do so side by side.
/// </summary>
internal abstract partial class StagedLifecycle : ILifecycleObservable
{
    private readonly List<Subscription> _subscriptions = [];
    private int? _highestStarted;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_subscriptions)
        {
            if (_highestStarted >= stage)
            {
                throw new InvalidOperationException(
                    $"lifecycle observer '{observerName}': stage {stage} has started already; subscribe before that");
            }

            var subscription = new Subscription(this, observerName, stage, observer);
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <summary>Starts all stages. If one fails the rest is not started; what has started is left to a stop.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // An observer may subscribe others to later stages, so the next stage is looked up each time.
        while (NextStage() is { } stage)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _highestStarted = stage;
            await Task.WhenAll(At(stage).Select(subscription => StartAsync(subscription, cancellationToken)));
            OnStageStarted(stage);
        }
    }

    /// <summary>Stops the stages that have started. Errors are logged.</summary>
    public async Task StopAsync(CancellationToken cancellationToken, ILogger logger)
    {
        int[] stages;
        lock (_subscriptions)
        {
            stages = [.. _subscriptions.Select(subscription => subscription.Stage)
                .Where(stage => stage <= _highestStarted).Distinct().OrderDescending()];
        }

        foreach (var stage in stages)
        {
            await Task.WhenAll(At(stage).Select(subscription => StopAsync(subscription, cancellationToken, logger)));
            OnStageStopped(stage);
        }

        _highestStarted = null;
    }

    protected virtual void OnStageStarted(int stage)
    {
    }

    protected virtual void OnStageStopped(int stage)
    {
    }

    private static async Task StartAsync(Subscription subscription, CancellationToken cancellationToken) =>
        await subscription.Observer.OnStart(cancellationToken);

    private static async Task StopAsync(
        Subscription subscription, CancellationToken cancellationToken, ILogger logger)
    {
        try
        {
            await subscription.Observer.OnStop(cancellationToken);
        }
        catch (Exception exception)
        {
            LogFailedStop(logger, exception, subscription.Name, subscription.Stage);
        }
    }

    private int? NextStage()
    {
        lock (_subscriptions)
        {
            int? next = null;
            foreach (var subscription in _subscriptions)
            {
                if (_highestStarted >= subscription.Stage || next <= subscription.Stage) continue;
                next = subscription.Stage;
            }

            return next;
        }
    }

    private Subscription[] At(int stage)
    {
        lock (_subscriptions) return [.. _subscriptions.Where(subscription => subscription.Stage == stage)];
    }

    private void Remove(Subscription subscription)
    {
        lock (_subscriptions) _subscriptions.Remove(subscription);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Observer} could not be stopped at stage {Stage}")]
    private static partial void LogFailedStop(ILogger logger, Exception exception, string observer, int stage);

    private sealed class Subscription(StagedLifecycle lifecycle, string name, int stage, ILifecycleObserver observer)
        : IDisposable
    {
        public string Name { get; } = name;

        public int Stage { get; } = stage;

        public ILifecycleObserver Observer { get; } = observer;

        public void Dispose() => lifecycle.Remove(this);
    }
}

/// <summary>The start and the end of an activation.</summary>
internal sealed class GrainLifecycle : StagedLifecycle, IGrainLifecycle;

/// <summary>The start and the stop of the silo.</summary>
internal sealed class SiloLifecycle : StagedLifecycle, ISiloLifecycle
{
    public int HighestCompletedStage { get; private set; } = int.MinValue;

    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    protected override void OnStageStarted(int stage) => HighestCompletedStage = stage;

    protected override void OnStageStopped(int stage) => LowestStoppedStage = stage;
}
