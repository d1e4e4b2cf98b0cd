using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Weir.Mqtt;

/// <summary>
/// A topic filter: levels, <c>+</c> for any one level, <c>#</c> at the end for all that follows. With
/// <c>$share/NAME/</c> before it, it is a shared subscription, of which each message goes to one member only.
/// Immutable; equal when the text is equal.
/// </summary>
public sealed class TopicFilter : IEquatable<TopicFilter>
{
    private const string SharePrefix = "$share/";

    private TopicFilter(string text, string? shareName, ImmutableArray<string> levels)
    {
        Text = text;
        ShareName = shareName;
        Levels = levels;
    }

    /// <summary>The filter as it was written, share name included.</summary>
    public string Text { get; }

    /// <summary>The name of the shared subscription; null for an ordinary one.</summary>
    public string? ShareName { get; }

    /// <summary>The levels, without the share prefix.</summary>
    public ImmutableArray<string> Levels { get; }

    /// <summary>True when it holds a wildcard, so that it can match more than one topic.</summary>
    public bool HasWildcard => Levels.Contains("+") || Levels[^1] == "#";

    /// <summary>Reads a filter.</summary>
    /// <exception cref="FormatException">It is not one; the message says why.</exception>
    public static TopicFilter Parse(string text) =>
        TryParse(text, out var filter, out var fault) ? filter : throw new FormatException(fault);

    /// <summary>Reads a filter; <paramref name="fault"/> says in a sentence what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TopicFilter? filter, [NotNullWhen(false)] out string? fault)
    {
        filter = null;
        if (!TrySplitShare(text, out var share, out var topics, out fault)) return false;
        if (topics.Length == 0 || topics.Contains('\0'))
        {
            fault = $"The topic filter '{text}' is empty or holds U+0000.";
            return false;
        }

        var levels = topics.ToString().Split('/');
        for (var i = 0; i < levels.Length; i++)
        {
            var level = levels[i];
            if (level is "+" || (level is "#" && i == levels.Length - 1) || !level.AsSpan().ContainsAny('+', '#')) continue;
            fault = $"The topic filter '{text}' has the level '{level}': '+' must be a whole level, and '#' the whole last one.";
            return false;
        }
        filter = new TopicFilter(text, share, [.. levels]);
        return true;
    }

    /// <summary>Whether a topic name is covered (section 4.7; <c>$</c>-topics are not covered by a leading wildcard).</summary>
    public bool Matches(string topicName) => Matches(topicName.AsSpan());

    /// <summary>Whether a topic is covered.</summary>
    public bool Matches(Topic topic) => Matches(topic.Name.AsSpan());

    /// <inheritdoc/>
    public bool Equals(TopicFilter? other) => other is not null && other.Text == Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TopicFilter);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private bool Matches(ReadOnlySpan<char> name)
    {
        if (name.StartsWith('$') && Levels[0] is "+" or "#") return false;
        var rest = name;
        var ended = false;
        foreach (var level in Levels)
        {
            if (level == "#") return true;
            if (ended) return false;
            var slash = rest.IndexOf('/');
            var current = slash < 0 ? rest : rest[..slash];
            if (level != "+" && !current.SequenceEqual(level)) return false;
            ended = slash < 0;
            if (!ended) rest = rest[(slash + 1)..];
        }
        return ended;
    }

    private static bool TrySplitShare(string text, out string? share, out ReadOnlySpan<char> topics, [NotNullWhen(false)] out string? fault)
    {
        share = null;
        fault = null;
        topics = text;
        if (!text.StartsWith(SharePrefix, StringComparison.Ordinal)) return true;

        var slash = text.IndexOf('/', SharePrefix.Length);
        var name = slash < 0 ? text.AsSpan(SharePrefix.Length) : text.AsSpan(SharePrefix.Length, slash - SharePrefix.Length);
        if (slash < 0 || name.IsEmpty || name.ContainsAny('+', '#'))
        {
            fault = $"The shared subscription '{text}' must be written $share/NAME/FILTER, and NAME holds no '+' and no '#'.";
            return false;
        }
        share = name.ToString();
        topics = text.AsSpan(slash + 1);
        return true;
    }
}
