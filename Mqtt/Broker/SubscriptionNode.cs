using System.Collections.Immutable;

namespace Weir.Mqtt;

/// <summary>Who subscribes at one point of the tree.</summary>
internal sealed record Subscribers(ImmutableArray<Subscription> Alone, ImmutableArray<SharedGroup> Groups)
{
    public static Subscribers None { get; } = new([], []);

    public bool IsEmpty => Alone.IsEmpty && Groups.IsEmpty;

    public Subscribers With(Subscription subscription, string? share)
    {
        if (share is null) return this with { Alone = Without(subscription.Session, null).Alone.Add(subscription) };
        var index = IndexOf(share);
        return this with
        {
            Groups = index < 0
                ? Groups.Add(new SharedGroup(share, [subscription], new SharedGroup.Turn()))
                : Groups.SetItem(index, Groups[index].With(subscription)),
        };
    }

    public Subscribers Without(Session session, string? share)
    {
        if (share is null) return this with { Alone = Alone.RemoveAll(s => s.Session == session) };
        var index = IndexOf(share);
        if (index < 0) return this;
        return this with
        {
            Groups = Groups[index].Without(session) is { } left ? Groups.SetItem(index, left) : Groups.RemoveAt(index),
        };
    }

    private int IndexOf(string share)
    {
        for (var i = 0; i < Groups.Length; i++)
        {
            if (Groups[i].Name == share) return i;
        }
        return -1;
    }
}

/// <summary>
/// One level of the subscription tree. Immutable: a change makes new nodes from the root to where it is, and whoever
/// reads goes on with the old ones.
/// </summary>
internal sealed record SubscriptionNode(
    ImmutableDictionary<string, SubscriptionNode> Children, SubscriptionNode? AnyLevel, Subscribers Here, Subscribers Below)
{
    public static SubscriptionNode Empty { get; } = new(
        ImmutableDictionary.Create<string, SubscriptionNode>(StringComparer.Ordinal), null, Subscribers.None, Subscribers.None);

    public bool IsEmpty => Children.IsEmpty && AnyLevel is null && Here.IsEmpty && Below.IsEmpty;

    /// <summary>The node with a change to the subscribers of a filter, whose levels from <paramref name="at"/> on lie below it.</summary>
    public SubscriptionNode With(ImmutableArray<string> levels, int at, Func<Subscribers, Subscribers> change)
    {
        if (at == levels.Length) return this with { Here = change(Here) };
        var level = levels[at];
        if (level == "#") return this with { Below = change(Below) };
        if (level == "+")
        {
            var any = (AnyLevel ?? Empty).With(levels, at + 1, change);
            return this with { AnyLevel = any.IsEmpty ? null : any };
        }
        var child = Children.GetValueOrDefault(level, Empty).With(levels, at + 1, change);
        return this with { Children = child.IsEmpty ? Children.Remove(level) : Children.SetItem(level, child) };
    }

    /// <summary>Finds all whose filter matches a topic.</summary>
    public void Collect(ImmutableArray<string> levels, int at, List<Subscription> alone, List<SharedGroup> groups)
    {
        // A filter that begins with a wildcard does not match a topic that begins with '$' (MQTT-4.7.2-1).
        var wildcards = at > 0 || !levels[0].StartsWith('$');
        if (wildcards) Take(Below);
        if (at == levels.Length)
        {
            Take(Here);
            return;
        }
        if (Children.TryGetValue(levels[at], out var child)) child.Collect(levels, at + 1, alone, groups);
        if (wildcards) AnyLevel?.Collect(levels, at + 1, alone, groups);

        void Take(Subscribers subscribers)
        {
            alone.AddRange(subscribers.Alone);
            groups.AddRange(subscribers.Groups);
        }
    }
}
