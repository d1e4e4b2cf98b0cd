using System.Security.Cryptography;
using System.Text;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Rules;
using Weir.Mqtt;

namespace Weir.Grains.Rules;

/// <summary>Holds the topics of a site against its rules. For use within a grain's turns.</summary>
/// <param name="rule">The rule.</param>
/// <param name="log">Where alarms go.</param>
/// <param name="now">When the rule begins to be looked at, in microseconds since 1970-01-01 UTC.</param>
internal sealed class TopicRule(Rule rule, IAlarmLogGrain log, long now)
{
    /// <summary>Most topics that one rule looks at; what its filter takes beyond them is left out.</summary>
    public const int MostTopics = 1_000;

    // What an alarm's source takes, less its prefix.
    private const int LongestTopic = 240;

    private readonly TopicFilter filter = TopicFilter.Parse(rule.Settings.Topic!);
    private readonly Dictionary<string, State> topics = Named(rule, log, now);

    public Rule Rule => rule;

    /// <summary>Takes in that a topic has carried a message.</summary>
    public void Take(TopicStatus topic)
    {
        if (filter.Matches(topic.Topic) && Find(topic.Topic) is { } state)
            state.LastTime = Math.Max(state.LastTime, (topic.LastTime.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>Takes in the number in the last message of a topic. Of two brokers that have carried it, the later one's counts.</summary>
    public void Take(TopicNumber number)
    {
        if (Find(number.Topic) is not { } state || state.ValueTime > number.Time) return;
        (state.Value, state.ValueTime) = (number.Value, number.Time);
    }

    /// <summary>Looks how the rule stands for each topic.</summary>
    /// <param name="time">The time, in microseconds since 1970-01-01 UTC.</param>
    public async Task LookAsync(long time)
    {
        foreach (var state in topics.Values)
        {
            if (rule.Settings.Kind == RuleKind.Silence)
                await state.Watch.LookAsync(time - state.LastTime >= rule.Settings.HoldSeconds * 1e6, time, () => RuleConditions.SaySilence(rule));
            else if (state.Value is { } value)
                await state.Watch.LookAsync(RuleConditions.Holds(rule.Settings, value), time, () => RuleConditions.SayValue(rule, value));
        }
    }

    private State? Find(string topic)
    {
        if (topics.TryGetValue(topic, out var state)) return state;
        return topics.Count >= MostTopics ? null : topics[topic] = NewState(rule, log, topic, now);
    }

    // A topic that is named has an alarm also where it has never carried a message.
    private static Dictionary<string, State> Named(Rule rule, IAlarmLogGrain log, long now)
    {
        var named = new Dictionary<string, State>(StringComparer.Ordinal);
        if (!TopicFilter.Parse(rule.Settings.Topic!).HasWildcard) named[rule.Settings.Topic!] = NewState(rule, log, rule.Settings.Topic!, now);
        return named;
    }

    private static State NewState(Rule rule, IAlarmLogGrain log, string topic, long now) => new(new RuleWatch(rule, log, $"topic/{Short(topic)}")) { LastTime = now };

    // Two long topics that begin alike are told from each other all the same.
    private static string Short(string topic) => topic.Length <= LongestTopic
        ? topic
        : $"{topic[..(LongestTopic - 34)]}…{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(topic)))[..32]}";

    private sealed class State(RuleWatch watch)
    {
        public RuleWatch Watch => watch;

        public double? Value { get; set; }

        public long ValueTime { get; set; }

        public long LastTime { get; set; }
    }
}
