using System.Collections.Concurrent;

namespace Weir.Mqtt;

/// <summary>
/// All topics, found by the bytes of their name without making a string. It is bounded: when it is full, a new topic
/// takes the place of one that has been quiet for long, found by sampling a few (as good as a full order, and O(1)).
/// </summary>
internal sealed class TopicTable(int capacity, int keptPayloadBytes)
{
    private const int Samples = 8;

    private readonly Lock adding = new();
    private readonly ConcurrentDictionary<byte[], Topic> topics = new(Utf8Comparer.Instance);
    private readonly List<Topic> slots = [];
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
    public TopicChanges ChangedSince(long since, long now)
    {
        var next = Interlocked.Increment(ref version);
        var changed = new List<TopicSnapshot>();
        foreach (var (_, topic) in topics)
        {
            var activity = topic.Activity;
            if (activity.Changed >= Math.Max(since, 1)) changed.Add(activity.Snapshot(topic.Name, now));
        }
        return new TopicChanges(next, changed);
    }

    private Topic Add(ReadOnlySpan<byte> name)
    {
        lock (adding)
        {
            if (TryGet(name, out var present)) return present;
            var topic = new Topic(name, new TopicActivity(keptPayloadBytes));
            if (slots.Count < capacity)
            {
                topic.Slot = slots.Count;
                slots.Add(topic);
            }
            else
            {
                var quiet = FindQuiet();
                topics.TryRemove(Key(quiet), out _);
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
