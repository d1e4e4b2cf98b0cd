using System.Collections.Immutable;
using System.Text;

namespace Weir.Mqtt;

/// <summary>
/// A topic as the broker holds it: one object for all messages of that name, so that what is known of a topic is looked
/// up once and not once a message. A topic that was crowded out (<see cref="MqttBrokerOptions.MaxTrackedTopics"/>) gets
/// a new object when it comes back; compare names, not references, where that matters.
/// </summary>
public sealed class Topic
{
    internal Topic(ReadOnlySpan<byte> utf8, TopicActivity activity)
    {
        Utf8 = utf8.ToArray();
        Name = Encoding.UTF8.GetString(utf8);
        Levels = [.. Name.Split('/')];
        Activity = activity;
    }

    /// <summary>The topic name.</summary>
    public string Name { get; }

    /// <summary>The name's levels.</summary>
    public ImmutableArray<string> Levels { get; }

    /// <summary>The name in UTF-8, as it came over the wire.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>
    /// Whatever the <see cref="IPublishHandler"/> has worked out about this topic, for instance which stream keeps it;
    /// the broker never touches it. Several threads may write it: let each write the same.
    /// </summary>
    public object? HandlerState { get; set; }

    /// <summary>Whether only the broker itself publishes it.</summary>
    internal bool IsBrokersOwn => Levels[0] == "$SYS";

    /// <summary>Counts, rate and last value.</summary>
    internal TopicActivity Activity { get; }

    /// <summary>Who gets its messages, as of one state of the subscriptions.</summary>
    internal MatchSet? Matches { get; set; }

    /// <summary>Its place in the <see cref="TopicTable"/>; -1 where it has none.</summary>
    internal int Slot { get; set; } = -1;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
