using System.Text;
using System.Text.RegularExpressions;

namespace Weir.Archive;

/// <summary>
/// A topic filter as MQTT has it (MQTT 5.0, 4.7): <c>+</c> stands for one level, <c>#</c> at the end for any number.
/// A filter that begins with a wildcard does not match topics that begin with <c>$</c>.
/// </summary>
internal sealed class TopicFilter
{
    private readonly byte[][] levels;
    private readonly bool matchesDeeper;

    private TopicFilter(string text, byte[][] levels, bool matchesDeeper)
    {
        this.levels = levels;
        this.matchesDeeper = matchesDeeper;
        var hasPlus = levels.Any(IsPlus);
        (Condition, Parameter) = (hasPlus, matchesDeeper) switch
        {
            (false, false) => ("topic = ?", text),
            (false, true) when levels.Length > 0 => ("(topic = ? OR starts_with(topic, ? || '/'))", text[..^2]),
            _ => ("regexp_matches(topic, ?)", Pattern()),
        };
        ParameterCount = Condition.Count(c => c == '?');
    }

    /// <summary>The filter as a condition of SQL.</summary>
    public string Condition { get; }

    /// <summary>What each of its parameters is.</summary>
    public string Parameter { get; }

    public int ParameterCount { get; }

    /// <exception cref="ArgumentException">It is no topic filter.</exception>
    public static TopicFilter Parse(string text)
    {
        var parts = text.Split('/');
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Contains('#') && (parts[i] != "#" || i < parts.Length - 1))
                throw new ArgumentException($"In a topic filter '#' must be a whole level and the last, but is not in '{text}'.");
            if (parts[i].Contains('+') && parts[i] != "+")
                throw new ArgumentException($"In a topic filter '+' must be a whole level, but is not in '{text}'.");
        }
        if (text.Length == 0) throw new ArgumentException("A topic filter must not be empty.");
        var matchesDeeper = parts[^1] == "#";
        var fixedParts = matchesDeeper ? parts[..^1] : parts;
        return new TopicFilter(text, [.. fixedParts.Select(Encoding.UTF8.GetBytes)], matchesDeeper);
    }

    public bool Matches(ReadOnlySpan<byte> topic)
    {
        if (topic.StartsWith("$"u8) && (levels.Length == 0 || IsPlus(levels[0]))) return false;
        for (var i = 0; i < levels.Length; i++)
        {
            var slash = topic.IndexOf((byte)'/');
            var level = slash < 0 ? topic : topic[..slash];
            if (!IsPlus(levels[i]) && !level.SequenceEqual(levels[i])) return false;
            if (slash < 0) return i == levels.Length - 1;
            topic = topic[(slash + 1)..];
        }
        return matchesDeeper;
    }

    private static bool IsPlus(byte[] level) => level is [(byte)'+'];

    private string Pattern()
    {
        if (levels.Length == 0) return "^[^$]";
        var pattern = new StringBuilder("^");
        for (var i = 0; i < levels.Length; i++)
        {
            if (i > 0) pattern.Append('/');
            if (!IsPlus(levels[i])) pattern.Append(Regex.Escape(Encoding.UTF8.GetString(levels[i])));
            else pattern.Append(i == 0 ? "([^/$][^/]*)?" : "[^/]*");
        }
        return pattern.Append(matchesDeeper ? "(/|$)" : "$").ToString();
    }
}
