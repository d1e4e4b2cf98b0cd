namespace Weir.Mqtt;

/// <summary>Who gets the messages of one topic, as of one root of the tree.</summary>
internal sealed record MatchSet(SubscriptionNode Root, Subscription[] Alone, SharedGroup[] Groups);

/// <summary>
/// All subscriptions. Changes are made one after the other; readers take the root and need no lock, and a topic keeps
/// what it has found until the root is another.
/// </summary>
internal sealed class SubscriptionTree(BrokerJournal? journal = null)
{
    /// <summary>What more subscribers match is not kept with the topic: finding them again costs less than sending to them.</summary>
    private const int LargestKept = 64;

    private readonly Lock changing = new();
    private int count;
    private volatile SubscriptionNode root = SubscriptionNode.Empty;

    /// <summary>Puts a subscription in, in place of the session's former one of the same filter.</summary>
    /// <returns>Whether it is new; null where the session has ended or has no room for another.</returns>
    public bool? Add(Session session, SubscriptionRequest request, int identifier, int limit)
    {
        lock (changing)
        {
            if (session.HasEnded) return null;
            var isNew = !session.Filters.ContainsKey(request.Filter);
            if (isNew && session.Subscriptions >= limit) return null;
            var subscription = Put(session, request, identifier);
            if (session.IsDurable) journal!.Subscribed(session, subscription);
            return isNew;
        }
    }

    /// <summary>Puts a subscription in that a former broker had.</summary>
    public void Restore(Session session, SubscriptionRequest request, int identifier)
    {
        lock (changing) Put(session, request, identifier);
    }

    /// <summary>Tells the journal all of a session once more.</summary>
    public void Retell(Session session, BrokerJournal to)
    {
        lock (changing)
        {
            if (session.Subscriptions == 0) return;
            foreach (var subscription in session.Filters.Values) to.Subscribed(session, subscription);
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>What a session subscribes.</summary>
    public IReadOnlyList<Subscription> Of(Session session)
    {
        lock (changing) return session.Subscriptions == 0 ? [] : [.. session.Filters.Values];
    }

    /// <summary>Takes a subscription out; false where there was none.</summary>
    public bool Remove(Session session, TopicFilter filter)
    {
        lock (changing)
        {
            if (!session.Filters.Remove(filter)) return false;
            count--;
            if (session.IsDurable) journal!.Unsubscribed(session, filter);
            root = root.With(filter.Levels, 0, s => s.Without(session, filter.ShareName));
            return true;
        }
    }

    /// <summary>Takes all of a session out, for good.</summary>
    public void RemoveAll(Session session)
    {
        lock (changing)
        {
            session.HasEnded = true;
            if (session.Subscriptions == 0) return;
            var changed = root;
            count -= session.Subscriptions;
            foreach (var filter in session.Filters.Keys)
            {
                changed = changed.With(filter.Levels, 0, s => s.Without(session, filter.ShareName));
            }
            session.Filters.Clear();
            root = changed;
        }
    }

    /// <summary>Who gets the topic's messages now.</summary>
    public MatchSet Match(Topic topic)
    {
        var current = root;
        if (topic.Matches is { } known && known.Root == current) return known;

        var alone = new List<Subscription>();
        var groups = new List<SharedGroup>();
        current.Collect(topic.Levels, 0, alone, groups);
        var found = new MatchSet(current, MergeSessions(alone), [.. groups]);
        if (found.Alone.Length + found.Groups.Length <= LargestKept) topic.Matches = found;
        return found;
    }

    private Subscription Put(Session session, SubscriptionRequest request, int identifier)
    {
        var subscription = new Subscription(session, request, identifier);
        if (!session.Filters.ContainsKey(request.Filter)) count++;
        session.Filters[request.Filter] = subscription;
        root = root.With(request.Filter.Levels, 0, s => s.With(subscription, request.Filter.ShareName));
        return subscription;
    }

    private static Subscription[] MergeSessions(List<Subscription> found)
    {
        if (found.Count < 2) return [.. found];
        var merged = new Dictionary<Session, Subscription>(found.Count);
        foreach (var subscription in found)
        {
            var session = subscription.Session;
            merged[session] = merged.TryGetValue(session, out var other) ? other.With(subscription) : subscription;
        }
        return merged.Count == found.Count ? [.. found] : [.. merged.Values];
    }
}
