using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Peers;

namespace Weir.Grains.Broker;

/// <summary>
/// The topics of several brokers as if they were one: counts and rates add up, the last message is the last of all.
/// For use within a grain's turns.
/// </summary>
/// <param name="most">Most topics that are kept; those that were quiet for longest go.</param>
/// <param name="time">Gives versions that also rise from one activation to the next.</param>
internal sealed class MergedTopics(int most, TimeProvider time)
{
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<IPeer, long> versions = [];
    private long version = Now(time);

    /// <summary>How many topics there are.</summary>
    public int Count => entries.Count;

    /// <summary>The version of a broker's topics up to which they are merged; 0 for none.</summary>
    public long VersionOf(IPeer peer) => versions.GetValueOrDefault(peer);

    /// <summary>Takes over what one broker has carried.</summary>
    public void Merge(IPeer peer, TopicChanges changes)
    {
        if (changes.Topics.Count > 0) version = Math.Max(version + 1, Now(time));
        foreach (var topic in changes.Topics)
        {
            if (!entries.TryGetValue(topic.Topic, out var entry)) entries[topic.Topic] = entry = new Entry();
            entry.Parts[peer] = topic;
            entry.Version = version;
        }
        versions[peer] = changes.Version;
        if (entries.Count <= most) return;
        foreach (var (name, _) in entries.OrderBy(entry => entry.Value.Version).Take(entries.Count - most).ToList()) entries.Remove(name);
    }

    /// <summary>Forgets the brokers that are not among these; their topics stay, with what others carry of them.</summary>
    public void Forget(IReadOnlyList<IPeer> left)
    {
        foreach (var gone in versions.Keys.Except(left).ToList())
        {
            versions.Remove(gone);
            foreach (var entry in entries.Values.Where(entry => entry.Parts.Count > 1)) entry.Parts.Remove(gone);
        }
    }

    /// <summary>The topics that have carried a message since a version, oldest change first.</summary>
    public TopicChanges ChangedSince(long since, int limit) => new(
        version,
        [.. entries.Values.Where(entry => entry.Version > since).Select(entry => entry.Sum()).OrderBy(topic => topic.LastTime).Take(limit)]);

    private static long Now(TimeProvider time) => time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000;

    private sealed class Entry
    {
        public Dictionary<IPeer, TopicStatus> Parts { get; } = [];

        public long Version { get; set; }

        public TopicStatus Sum()
        {
            if (Parts.Count == 1) return Parts.Values.First();
            var last = Parts.Values.MaxBy(part => part.LastTime)!;
            return last with { Messages = Parts.Values.Sum(part => part.Messages), MessagesPerSecond = Parts.Values.Sum(part => part.MessagesPerSecond) };
        }
    }
}
