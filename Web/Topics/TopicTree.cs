using Weir.Grains.Interfaces.Broker;

namespace Weir.Web.Topics;

/// <summary>The topics of the broker as a tree by their levels, and which of its rows are on show. For one page.</summary>
internal sealed class TopicTree
{
    private const int OpenLevels = 4;

    private readonly TopicNode root = new("", "", depth: -1) { IsOpen = true };

    /// <summary>How many topics it knows.</summary>
    public int Topics { get; private set; }

    /// <summary>Takes in topics that have changed.</summary>
    public void Apply(IEnumerable<TopicStatus> changed)
    {
        foreach (var status in changed)
        {
            var node = Find(status.Topic);
            if (node.Status is null) Topics++;
            node.Status = status;
        }
    }

    /// <summary>
    /// The rows on show, from top to bottom. With a filter: every topic that contains it, with the levels above.
    /// </summary>
    public List<TopicNode> Rows(string? filter)
    {
        var rows = new List<TopicNode>();
        foreach (var child in root.Children.Values) Collect(child, string.IsNullOrWhiteSpace(filter) ? null : filter.Trim(), rows);
        return rows;
    }

    private TopicNode Find(string topic)
    {
        var node = root;
        var start = 0;
        while (start <= topic.Length)
        {
            var end = topic.IndexOf('/', start);
            if (end < 0) end = topic.Length;
            var level = topic[start..end];
            if (!node.Children.TryGetValue(level, out var child))
            {
                child = new TopicNode(level, topic[..end], node.Depth + 1) { IsOpen = node.Depth + 1 < OpenLevels };
                node.Children.Add(level, child);
            }
            node = child;
            start = end + 1;
        }
        return node;
    }

    private static bool Collect(TopicNode node, string? filter, List<TopicNode> rows)
    {
        var at = rows.Count;
        rows.Add(node);
        var matches = filter is null || node.Path.Contains(filter, StringComparison.OrdinalIgnoreCase);
        var below = false;
        if (node.IsOpen || filter is not null)
            foreach (var child in node.Children.Values) below |= Collect(child, filter, rows);
        if (matches || below) return true;
        rows.RemoveRange(at, rows.Count - at);
        return false;
    }
}

/// <summary>A level of a topic tree; a topic too, where <see cref="Status"/> is set.</summary>
internal sealed class TopicNode(string name, string path, int depth)
{
    public string Name { get; } = name;

    public string Path { get; } = path;

    public int Depth { get; } = depth;

    public SortedDictionary<string, TopicNode> Children { get; } = new(StringComparer.Ordinal);

    public TopicStatus? Status { get; set; }

    public bool IsOpen { get; set; }

    /// <summary>Messages a second of this topic and all below it.</summary>
    public double Rate => (Status?.MessagesPerSecond ?? 0) + Children.Values.Sum(child => child.Rate);
}
