using System.Collections;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Utilities;

/// <summary>The observers of a grain by reference, each until it has not subscribed anew for some time.</summary>
public class ObserverManager<TObserver>(TimeSpan expiration, ILogger log)
    : ObserverManager<IAddressable, TObserver>(expiration, log);

/// <summary>
/// The observers of a grain by an identity, each until it has not subscribed anew for some time. To be used from
/// the turns of one grain; observers may come and go while a notification is under way.
/// </summary>
public partial class ObserverManager<TIdentity, TObserver> : IEnumerable<TObserver>
    where TIdentity : notnull
{
    private readonly ILogger _log;
    private ImmutableDictionary<TIdentity, Entry> _entries = ImmutableDictionary<TIdentity, Entry>.Empty;

    /// <summary>No observers yet.</summary>
    /// <param name="expiration">How long an observer stays after it has subscribed last.</param>
    /// <param name="log">Where removals are noted.</param>
    public ObserverManager(TimeSpan expiration, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(log);
        ExpirationDuration = expiration;
        _log = log;
    }

    /// <summary>The clock.</summary>
    public Func<DateTime> GetDateTime { get; set; } = () => DateTime.UtcNow;

    /// <summary>How long an observer stays after it has subscribed last.</summary>
    public TimeSpan ExpirationDuration { get; set; }

    /// <summary>The count of observers.</summary>
    public int Count => _entries.Count;

    /// <summary>The observers by identity.</summary>
    public IReadOnlyDictionary<TIdentity, TObserver> Observers =>
        _entries.ToDictionary(pair => pair.Key, pair => pair.Value.Observer);

    /// <summary>Removes all observers.</summary>
    public void Clear() => _entries = _entries.Clear();

    /// <summary>Adds an observer, or makes it stay.</summary>
    public void Subscribe(TIdentity id, TObserver observer) =>
        _entries = _entries.SetItem(id, new Entry(observer, GetDateTime()));

    /// <summary>Removes an observer.</summary>
    public void Unsubscribe(TIdentity id) => _entries = _entries.Remove(id);

    /// <summary>Calls observers one after the other; one that fails or has expired is removed.</summary>
    /// <param name="notification">The call.</param>
    /// <param name="predicate">Which observers are called; all if null.</param>
    public async Task Notify(Func<TObserver, Task> notification, Func<TObserver, bool>? predicate = null)
    {
        ArgumentNullException.ThrowIfNull(notification);
        foreach (var (id, entry) in LiveEntries(predicate))
        {
            try
            {
                await notification(entry.Observer);
            }
            catch (Exception exception)
            {
                RemoveFailed(id, entry, exception);
            }
        }
    }

    /// <summary>Calls observers without waiting for them; one whose call fails at once, or has expired, is removed.</summary>
    /// <param name="notification">The call.</param>
    /// <param name="predicate">Which observers are called; all if null.</param>
    public void Notify(Action<TObserver> notification, Func<TObserver, bool>? predicate = null)
    {
        ArgumentNullException.ThrowIfNull(notification);
        foreach (var (id, entry) in LiveEntries(predicate))
        {
            try
            {
                notification(entry.Observer);
            }
            catch (Exception exception)
            {
                RemoveFailed(id, entry, exception);
            }
        }
    }

    /// <summary>Removes the observers that have expired.</summary>
    public void ClearExpired()
    {
        var oldest = GetDateTime() - ExpirationDuration;
        _entries = _entries.RemoveRange(_entries.Where(pair => pair.Value.LastSeen < oldest).Select(pair => pair.Key));
    }

    /// <inheritdoc/>
    public IEnumerator<TObserver> GetEnumerator() => _entries.Values.Select(entry => entry.Observer).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<KeyValuePair<TIdentity, Entry>> LiveEntries(Func<TObserver, bool>? predicate)
    {
        ClearExpired();
        return predicate is null ? _entries : _entries.Where(pair => predicate(pair.Value.Observer));
    }

    private void RemoveFailed(TIdentity id, Entry entry, Exception exception)
    {
        // While the call was under way the observer may have subscribed anew: that one stays.
        if (!_entries.TryGetValue(id, out var current) || !ReferenceEquals(current, entry)) return;
        _entries = _entries.Remove(id);
        LogRemoved(_log, exception, id);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Observer {Id} failed and is removed")]
    private static partial void LogRemoved(ILogger logger, Exception exception, TIdentity id);

    private sealed record Entry(TObserver Observer, DateTime LastSeen);
}
