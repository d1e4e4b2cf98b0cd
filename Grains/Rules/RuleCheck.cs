using Weir.Grains.Interfaces.Rules;
using Weir.Mqtt;
using Weir.Streams;

namespace Weir.Grains.Rules;

/// <summary>Says what is wrong with a rule.</summary>
internal static class RuleCheck
{
    private const int LongestId = 50;
    private const int LongestText = 200;
    private const double MostSeconds = 86_400;

    /// <exception cref="ArgumentException">The id or a setting is not allowed; the message says which and why.</exception>
    public static void Check(string id, RuleSettings rule)
    {
        if (!StreamName.IsValid(id) || id.Length > LongestId)
        {
            throw new ArgumentException(
                $"A rule id must have 1 to {LongestId} characters out of letters, digits, '-' and '.', beginning with a letter or a digit, but is '{id}'.");
        }
        if (!Enum.IsDefined(rule.Kind)) throw Wrong(id, $"kind must be {string.Join(", ", Enum.GetNames<RuleKind>())}, but is {rule.Kind}");
        if (!Enum.IsDefined(rule.Comparison)) throw Wrong(id, $"comparison must be {string.Join(" or ", Enum.GetNames<RuleComparison>())}, but is {rule.Comparison}");
        CheckText(id, "name", rule.Name);
        CheckText(id, "camera", rule.Camera);
        CheckText(id, "class", rule.Class);
        CheckText(id, "zone", rule.Zone);
        CheckText(id, "field", rule.Field);
        if (rule.MinScore is not (>= 0 and <= 1)) throw Wrong(id, $"minScore must be between 0 and 1, but is {rule.MinScore}");
        if (!double.IsFinite(rule.Threshold)) throw Wrong(id, $"threshold must be a number, but is {rule.Threshold}");
        CheckSeconds(id, "holdSeconds", rule.HoldSeconds);
        CheckSeconds(id, "clearSeconds", rule.ClearSeconds);
        if (rule.Kind == RuleKind.Detections)
        {
            if (rule.Topic is not null || rule.Field is not null) throw Wrong(id, "topic and field are for rules of kind Value and Silence");
            return;
        }
        if (rule.Camera is not null || rule.Class is not null || rule.Zone is not null) throw Wrong(id, "camera, class and zone are for rules of kind Detections");
        if (rule.Topic is null) throw Wrong(id, $"topic is missing: a rule of kind {rule.Kind} is about one");
        if (!TopicFilter.TryParse(rule.Topic, out var filter, out var fault)) throw Wrong(id, $"topic: {fault}");
        if (filter.ShareName is not null) throw Wrong(id, $"topic must be a plain topic or topic filter, but is '{rule.Topic}'");
        if (rule.Kind == RuleKind.Silence && rule.HoldSeconds <= 0) throw Wrong(id, "holdSeconds must say how long the silence is, so be above 0");
    }

    private static void CheckText(string id, string what, string? text)
    {
        if (text is { Length: 0 or > LongestText }) throw Wrong(id, $"{what} must have 1 to {LongestText} characters, but has {text.Length}");
    }

    private static void CheckSeconds(string id, string what, double seconds)
    {
        if (seconds is not (>= 0 and <= MostSeconds)) throw Wrong(id, $"{what} must be between 0 and {MostSeconds:#,0}, but is {seconds}");
    }

    private static ArgumentException Wrong(string id, string what) => new($"rule '{id}': {what}.");
}
