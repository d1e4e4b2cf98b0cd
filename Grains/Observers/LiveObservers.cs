using Microsoft.Extensions.Logging;
using Orleans.Utilities;

namespace Weir.Grains.Observers;

/// <summary>
/// The observers of a grain: those that renewed within the last minute. For use within the grain's turns.
/// </summary>
internal sealed class LiveObservers<TObserver>(ILogger logger)
    where TObserver : IGrainObserver
{
    private static readonly TimeSpan Expiration = TimeSpan.FromMinutes(1);

    private readonly ObserverManager<TObserver> observers = new(Expiration, logger);

    /// <summary>Whether anybody listens.</summary>
    public bool Any => observers.Count > 0;

    /// <summary>Takes an observer in, or renews it.</summary>
    public void Subscribe(TObserver observer) => observers.Subscribe(observer, observer);

    /// <summary>Lets an observer go.</summary>
    public void Unsubscribe(TObserver observer) => observers.Unsubscribe(observer);

    /// <summary>Tells every observer; one that cannot be reached is let go.</summary>
    public Task NotifyAsync(Func<TObserver, Task> tell) => Any ? observers.Notify(tell) : Task.CompletedTask;
}
