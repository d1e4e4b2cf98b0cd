using System.Collections.Immutable;

namespace Weir.Mqtt;

/// <summary>
/// The last retained message of each topic, in a tree by level. A subscriber gets them while the tree is locked, so
/// that a newer message of the same topic cannot overtake.
/// </summary>
internal sealed class RetainedMessages(int maxMessages, long maxBytes, BrokerJournal? journal)
{
    private readonly Lock gate = new();
    private readonly Node root = new();
    private int count;
    private long bytes;

    public int Count => Volatile.Read(ref count);

    /// <summary>Keeps the message, or with an empty payload forgets its topic's. False when there is no room.</summary>
    /// <param name="message">The message.</param>
    public bool Set(in PublishMessage message) => Set(message, tell: true);

    /// <summary>Keeps what the broker says of itself: neither counted nor told to the journal.</summary>
    public void SetOwn(in PublishMessage message)
    {
        lock (gate) (Find(message.Topic.Levels) ?? Add(message.Topic.Levels)).Message = message;
    }

    private bool Set(in PublishMessage message, bool tell)
    {
        lock (gate)
        {
            if (message.PayloadLength == 0)
            {
                if (Find(message.Topic.Levels)?.Message is null) return true;
                Remove(root, message.Topic.Levels, 0);
                if (tell) journal?.Retained(message);
                return true;
            }

            var node = Find(message.Topic.Levels);
            var added = node?.Message is null ? 1 : 0;
            var grown = message.Length - (node?.Message?.Length ?? 0);
            if (count + added > maxMessages || bytes + grown > maxBytes) return false;
            node ??= Add(message.Topic.Levels);
            count += added;
            bytes += grown;
            var packet = message.Packet.AsSpan().ToArray();
            node.Message = new PublishMessage(
                message.Topic, packet, PublishLayout.Of(packet, message.Version), message.Version, message.Timestamp, message.ExpiresAt);
            node.IsCounted = true;
            if (tell) journal?.Retained(message);
            return true;
        }
    }

    /// <summary>Takes in a message that the journal has.</summary>
    public bool Restore(in PublishMessage message) => Set(message, tell: false);

    /// <summary>Tells the journal once more what is retained, a part at a time.</summary>
    public async Task RetellAsync(BrokerJournal to, Func<Task> pause)
    {
        var nodes = new List<Node>();
        lock (gate) Gather(root, nodes);
        foreach (var part in nodes.Chunk(256))
        {
            lock (gate)
            {
                foreach (var node in part)
                {
                    if (node is { Message: { } message, IsCounted: true }) to.Retained(message);
                }
            }
            await pause().ConfigureAwait(false);
        }
    }

    private static void Gather(Node node, List<Node> into)
    {
        if (node.Message is not null) into.Add(node);
        foreach (var child in node.Children.Values) Gather(child, into);
    }

    /// <summary>Gives every message that the filter covers to the session of the subscription.</summary>
    public void Deliver(TopicFilter filter, Subscription subscription, long now)
    {
        lock (gate) Visit(root, filter.Levels, 0, subscription, now);
    }

    private static void Visit(Node node, ImmutableArray<string> levels, int at, Subscription subscription, long now)
    {
        if (at == levels.Length)
        {
            Give(node, subscription, now);
            return;
        }
        switch (levels[at])
        {
            case "#":
                VisitAll(node, isRoot: at == 0, subscription, now);
                break;
            case "+":
                foreach (var (level, child) in node.Children)
                {
                    if (at > 0 || !level.StartsWith('$')) Visit(child, levels, at + 1, subscription, now);
                }
                break;
            default:
                if (node.Children.TryGetValue(levels[at], out var next)) Visit(next, levels, at + 1, subscription, now);
                break;
        }
    }

    private static void VisitAll(Node node, bool isRoot, Subscription subscription, long now)
    {
        Give(node, subscription, now);
        foreach (var (level, child) in node.Children)
        {
            if (!isRoot || !level.StartsWith('$')) VisitAll(child, false, subscription, now);
        }
    }

    private static void Give(Node node, Subscription subscription, long now)
    {
        if (node.Message is { } message && (message.ExpiresAt == 0 || message.ExpiresAt > now))
        {
            subscription.Session.EnqueueRetained(message, subscription);
        }
    }

    private Node? Find(ImmutableArray<string> levels)
    {
        var node = root;
        foreach (var level in levels)
        {
            if (!node.Children.TryGetValue(level, out var next)) return null;
            node = next;
        }
        return node;
    }

    private Node Add(ImmutableArray<string> levels)
    {
        var node = root;
        foreach (var level in levels)
        {
            if (!node.Children.TryGetValue(level, out var next)) node.Children[level] = next = new Node();
            node = next;
        }
        return node;
    }

    /// <summary>Returns whether the node has become empty.</summary>
    private bool Remove(Node node, ImmutableArray<string> levels, int at)
    {
        if (at == levels.Length)
        {
            if (node.Message is { } former)
            {
                count--;
                bytes -= former.Length;
            }
            node.Message = null;
        }
        else if (node.Children.TryGetValue(levels[at], out var child) && Remove(child, levels, at + 1))
        {
            node.Children.Remove(levels[at]);
        }
        return node.Message is null && node.Children.Count == 0;
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public PublishMessage? Message { get; set; }

        /// <summary>False for what the broker says of itself.</summary>
        public bool IsCounted { get; set; }
    }
}
