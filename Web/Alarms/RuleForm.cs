using System.Globalization;
using Weir.Grains.Interfaces.Rules;

namespace Weir.Web.Alarms;

/// <summary>A rule as a person fills it in: empty texts stand for what is not set, and what another kind has is left out.</summary>
internal sealed class RuleForm
{
    public string Id { get; set; } = "";

    public string? Name { get; set; }

    public bool Enabled { get; set; } = true;

    public RuleKind Kind { get; set; }

    public string? Camera { get; set; }

    public string? Class { get; set; }

    public string? Zone { get; set; }

    public double MinScore { get; set; }

    public string? Topic { get; set; }

    public string? Field { get; set; }

    public RuleComparison Comparison { get; set; }

    public double Threshold { get; set; } = 1;

    public double HoldSeconds { get; set; }

    public double ClearSeconds { get; set; } = 5;

    public static RuleForm Of(Rule rule) => new()
    {
        Id = rule.Id, Name = rule.Settings.Name, Enabled = rule.Settings.Enabled, Kind = rule.Settings.Kind, Camera = rule.Settings.Camera,
        Class = rule.Settings.Class, Zone = rule.Settings.Zone, MinScore = rule.Settings.MinScore, Topic = rule.Settings.Topic,
        Field = rule.Settings.Field, Comparison = rule.Settings.Comparison, Threshold = rule.Settings.Threshold,
        HoldSeconds = rule.Settings.HoldSeconds, ClearSeconds = rule.Settings.ClearSeconds,
    };

    public RuleSettings ToSettings()
    {
        var isOfCamera = Kind == RuleKind.Detections;
        return new RuleSettings
        {
            Name = Text(Name), Enabled = Enabled, Kind = Kind, Camera = isOfCamera ? Text(Camera) : null, Class = isOfCamera ? Text(Class) : null,
            Zone = isOfCamera ? Text(Zone) : null, MinScore = isOfCamera ? MinScore : 0, Topic = isOfCamera ? null : Text(Topic),
            Field = Kind == RuleKind.Value ? Text(Field) : null, Comparison = Comparison, Threshold = Threshold, HoldSeconds = HoldSeconds,
            ClearSeconds = ClearSeconds,
        };
    }

    /// <summary>A rule's condition in a sentence.</summary>
    public static string Say(RuleSettings rule)
    {
        var side = rule.Comparison == RuleComparison.AtLeast ? "at least" : "at most";
        var held = rule.HoldSeconds > 0 ? $" for {Number(rule.HoldSeconds)} s" : "";
        return rule.Kind switch
        {
            RuleKind.Detections =>
                $"{rule.Camera ?? "any camera"}: {side} {Number(rule.Threshold)} {rule.Class ?? "objects"}{(rule.Zone is { } zone ? $" in zone {zone}" : "")}{held}",
            RuleKind.Value => $"{rule.Topic}{(rule.Field is { } field ? $" {field}" : "")}: {side} {Number(rule.Threshold)}{held}",
            _ => $"{rule.Topic}: no message{held}",
        };
    }

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
