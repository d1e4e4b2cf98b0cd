using System.Collections.Concurrent;

namespace Weir.Mqtt;

/// <summary>
/// All topics, found by the bytes of their name without making a string. It is bounded: when it is full, a new topic
/// takes the place of one that has been quiet for long, found by sampling a few (as good as a full order, and O(1)).
/// </summary>
/// <param name="capacity">Most topics.</param>
/// <param name="shownBytes">What is kept of each last payload for pages.</param>
/// <param name="watchedBytes">What may be kept of payloads beyond that, of all topics.</param>
internal sealed class TopicTable(int capacity, int shownBytes, long watchedBytes = 0)
{
    private const int Samples = 8;

    private readonly Lock adding = new();
    private readonly ConcurrentDictionary<byte[], Topic> topics = new(Utf8Comparer.Instance);
    private readonly List<Topic> slots = [];
    private readonly PayloadBudget budget = new(watchedBytes);
    private TopicFilter[] watched = [];
    private int watchedMost;
    private long version = 1;

    public int Count => topics.Count;

    /// <summary>Finds the topic, or adds it. The name has been checked.</summary>
    public Topic GetOrAdd(ReadOnlySpan<byte> name) =>
        TryGet(name, out var topic) ? topic : Add(name);

    public bool TryGet(ReadOnlySpan<byte> name, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out Topic topic) =>
        topics.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out topic);

    /// <summary>Notes messages of one topic that came together.</summary>
    public void Record(Topic topic, int count, long payloadBytes, ReadOnlySpan<byte> last, long time) =>
        topic.Activity.Record(count, payloadBytes, last, time, ref version);

    /// <summary>What has changed since a version that this gave; 0 for all.</summary>
    public TopicChanges ChangedSince(long since, long now) => ChangedSince(since, now, isWhole: false);

    /// <summary>The same of the topics whose payloads are kept, with these.</summary>
    public TopicChanges WatchedSince(long since, long now) => ChangedSince(since, now, isWhole: true);

    /// <summary>Keeps up to so many bytes of each payload of the topics that match, and of no others.</summary>
    public void Watch(IReadOnlyList<TopicFilter> filters, int most)
    {
        lock (adding)
        {
            (watched, watchedMost) = ([.. filters], most);
            foreach (var (_, topic) in topics) topic.Activity.Keep(IsWatched(topic.Name) ? most : 0);
        }
    }

    private TopicChanges ChangedSince(long since, long now, bool isWhole)
    {
        var next = Interlocked.Increment(ref version);
        var changed = new List<TopicSnapshot>();
        foreach (var (_, topic) in topics)
        {
            var activity = topic.Activity;
            if (activity.Changed < Math.Max(since, 1) || (isWhole && !IsWatched(topic.Name))) continue;
            changed.Add(activity.Snapshot(topic.Name, now, isWhole));
        }
        return new TopicChanges(next, changed);
    }

    private bool IsWatched(string topic) => Array.Exists(Volatile.Read(ref watched), filter => filter.Matches(topic));

    private Topic Add(ReadOnlySpan<byte> name)
    {
        lock (adding)
        {
            if (TryGet(name, out var present)) return present;
            var topic = new Topic(name, new TopicActivity(shownBytes, budget));
            if (watched.Length > 0 && IsWatched(topic.Name)) topic.Activity.Keep(watchedMost);
            if (slots.Count < capacity)
            {
                topic.Slot = slots.Count;
                slots.Add(topic);
            }
            else
            {
                var quiet = FindQuiet();
                topics.TryRemove(Key(quiet), out _);
                quiet.Activity.Keep(0);
                topic.Slot = quiet.Slot;
                slots[topic.Slot] = topic;
                quiet.Slot = -1;
            }
            topics[Key(topic)] = topic;
            return topic;
        }
    }

    private Topic FindQuiet()
    {
        var quietest = slots[Random.Shared.Next(slots.Count)];
        for (var i = 1; i < Samples; i++)
        {
            var other = slots[Random.Shared.Next(slots.Count)];
            if (other.Activity.LastTime < quietest.Activity.LastTime) quietest = other;
        }
        return quietest;
    }

    private static byte[] Key(Topic topic) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(topic.Utf8, out var key) ? key.Array! : topic.Utf8.ToArray();
}
