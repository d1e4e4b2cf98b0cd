namespace Weir.Mqtt;

/// <summary>What a rule speaks of.</summary>
[Flags]
public enum MqttAccess
{
    /// <summary>Publishing, wills included.</summary>
    Publish = 1,
    /// <summary>Subscribing.</summary>
    Subscribe = 2,
    /// <summary>Both.</summary>
    All = 3,
}

/// <summary>
/// One rule of access. <c>%u</c> in its topic filter stands for the client's user name and <c>%c</c> for its client
/// identifier; for a client that has none, or one that holds <c>+</c>, <c>#</c> or <c>/</c>, such a rule does not hold.
/// </summary>
public sealed class MqttAccessRule
{
    /// <summary>Whom it is about; null for everybody, empty for those without a user name.</summary>
    public string? User { get; set; }

    /// <summary>About which client identifier; null for any.</summary>
    public string? ClientId { get; set; }

    /// <summary>What it speaks of. Default both.</summary>
    public MqttAccess Access { get; set; } = MqttAccess.All;

    /// <summary>
    /// The topics. A rule that allows a subscription must cover its whole filter; one that refuses does so where it
    /// covers any topic of it.
    /// </summary>
    public string Topic { get; set; } = "";

    /// <summary>Whether it allows or refuses. Default true.</summary>
    public bool Allow { get; set; } = true;
}

/// <summary>The rules that speak of one client. Immutable; null stands for a client that may do everything.</summary>
internal sealed class ClientAccess(List<(TopicFilter Filter, MqttAccess Access, bool Allow)> rules)
{
    /// <summary>The rules for a client; null where there are none at all.</summary>
    public static ClientAccess? For(IList<MqttAccessRule> rules, string? user, string clientId)
    {
        if (rules.Count == 0) return null;
        var own = new List<(TopicFilter, MqttAccess, bool)>();
        foreach (var rule in rules)
        {
            if ((rule.User is not null && rule.User != (user ?? "")) || (rule.ClientId is not null && rule.ClientId != clientId)) continue;
            if (Fill(rule.Topic, user, clientId) is { } topic && TopicFilter.TryParse(topic, out var filter, out _))
            {
                own.Add((filter, rule.Access, rule.Allow));
            }
        }
        return new ClientAccess(own);
    }

    public bool MayPublish(string topic)
    {
        foreach (var (filter, access, allow) in rules)
        {
            if ((access & MqttAccess.Publish) != 0 && filter.Matches(topic)) return allow;
        }
        return false;
    }

    public bool MaySubscribe(TopicFilter wanted)
    {
        foreach (var (filter, access, allow) in rules)
        {
            if ((access & MqttAccess.Subscribe) == 0) continue;
            if (allow ? Covers(filter, wanted) : Meets(filter, wanted)) return allow;
        }
        return false;
    }

    /// <summary>Whether every topic of the second filter is one of the first.</summary>
    internal static bool Covers(TopicFilter whole, TopicFilter part)
    {
        if (IsWild(whole.Levels[0]) && part.Levels[0].StartsWith('$')) return false;
        for (var i = 0; ; i++)
        {
            if (i < whole.Levels.Length && whole.Levels[i] == "#") return true;
            if (i == whole.Levels.Length || i == part.Levels.Length) return whole.Levels.Length == part.Levels.Length;
            if (part.Levels[i] == "#" || (whole.Levels[i] != "+" && whole.Levels[i] != part.Levels[i])) return false;
        }
    }

    /// <summary>Whether there may be a topic that both filters cover.</summary>
    internal static bool Meets(TopicFilter one, TopicFilter other)
    {
        var (a, b) = (one.Levels, other.Levels);
        if ((IsWild(a[0]) && b[0].StartsWith('$')) || (IsWild(b[0]) && a[0].StartsWith('$'))) return false;
        for (var i = 0; ; i++)
        {
            if ((i < a.Length && a[i] == "#") || (i < b.Length && b[i] == "#")) return true;
            if (i == a.Length || i == b.Length) return a.Length == b.Length;
            if (a[i] != b[i] && a[i] != "+" && b[i] != "+") return false;
        }
    }

    private static bool IsWild(string level) => level is "+" or "#";

    private static string? Fill(string topic, string? user, string clientId)
    {
        if (topic.Contains("%u", StringComparison.Ordinal) && !IsPlain(user)) return null;
        if (topic.Contains("%c", StringComparison.Ordinal) && !IsPlain(clientId)) return null;
        return topic.Replace("%u", user, StringComparison.Ordinal).Replace("%c", clientId, StringComparison.Ordinal);
    }

    private static bool IsPlain(string? name) => !string.IsNullOrEmpty(name) && !name.AsSpan().ContainsAny('+', '#', '/');
}
