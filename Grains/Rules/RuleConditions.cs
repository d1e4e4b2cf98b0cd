using System.Globalization;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Rules;

namespace Weir.Grains.Rules;

/// <summary>What rules ask, and how they say it to people.</summary>
internal static class RuleConditions
{
    /// <summary>How many objects of a frame a rule counts.</summary>
    public static int Count(RuleSettings rule, FrameDetections frame) => frame.Detections.Count(found =>
        (rule.Class is null || found.Class == rule.Class) && found.Score >= rule.MinScore && (rule.Zone is null || found.Zones.Contains(rule.Zone)));

    /// <summary>Whether a number is on the side of the threshold that the rule is about.</summary>
    public static bool Holds(RuleSettings rule, double number) =>
        rule.Comparison == RuleComparison.AtLeast ? number >= rule.Threshold : number <= rule.Threshold;

    public static string SayCount(Rule rule, int count)
    {
        var of = rule.Settings.Class is { } name ? $" {name}" : count == 1 ? " object" : " objects";
        var zone = rule.Settings.Zone is { } zoneName ? $" in zone {zoneName}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{NameOf(rule)}: {count}{of}{zone}, {Limit(rule.Settings)}.");
    }

    public static string SayValue(Rule rule, double number) => string.Create(
        CultureInfo.InvariantCulture, $"{NameOf(rule)}: {(rule.Settings.Field is { } field ? $"{field} is " : "")}{number}, {Limit(rule.Settings)}.");

    public static string SaySilence(Rule rule) =>
        string.Create(CultureInfo.InvariantCulture, $"{NameOf(rule)}: no message for {rule.Settings.HoldSeconds} s.");

    private static string NameOf(Rule rule) => rule.Settings.Name ?? rule.Id;

    private static string Limit(RuleSettings rule)
    {
        var side = rule.Comparison == RuleComparison.AtLeast ? "at least" : "at most";
        var held = rule.HoldSeconds > 0 ? string.Create(CultureInfo.InvariantCulture, $" for {rule.HoldSeconds} s") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{side} {rule.Threshold}{held}");
    }
}
