using Weir.Mqtt;

namespace Weir.Grains.Rules;

/// <summary>
/// Reads the numbers that rules look for out of what this silo's broker carries. The broker keeps the messages of those
/// topics whole, up to <see cref="MostBytes"/> of each, and nothing where no rule looks. May be called from any thread.
/// </summary>
internal sealed class TopicNumberReader(IMqttBroker broker)
{
    /// <summary>Most bytes of a message that are looked through; a field further behind is not found.</summary>
    public const int MostBytes = 64 * 1024;

    private readonly Lock gate = new();
    private IReadOnlyList<NumberPlace> places = [];
    private List<(NumberPlace Place, TopicFilter Filter)> filters = [];

    /// <summary>The numbers in messages since a version that this gave; 0 for all.</summary>
    public TopicNumbers Read(IReadOnlyList<NumberPlace> looked, long since)
    {
        var by = Watch(looked);
        var changes = broker.GetPayloadsChangedSince(since);
        var found = new List<TopicNumber>();
        foreach (var topic in changes.Topics)
        {
            foreach (var (place, filter) in by)
            {
                if (filter.Matches(topic.Topic) && TopicValue.Of(topic.LastPayload.Span, topic.LastPayloadSize, place.Field) is { } value)
                    found.Add(new TopicNumber(place.Rule, topic.Topic, topic.LastTime, value));
            }
        }
        return new TopicNumbers(changes.Version, found);
    }

    private List<(NumberPlace Place, TopicFilter Filter)> Watch(IReadOnlyList<NumberPlace> looked)
    {
        lock (gate)
        {
            if (looked.SequenceEqual(places)) return filters;
            places = looked;
            filters = [.. looked.Select(place => (place, TopicFilter.Parse(place.Filter)))];
            broker.WatchPayloads([.. filters.Select(one => one.Filter)], MostBytes);
            return filters;
        }
    }
}
