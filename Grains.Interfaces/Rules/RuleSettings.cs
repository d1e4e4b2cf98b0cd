namespace Weir.Grains.Interfaces.Rules;

/// <summary>What a rule looks at.</summary>
[GenerateSerializer, Alias("weir.RuleKind")]
public enum RuleKind
{
    /// <summary>How many objects a frame of a camera shows.</summary>
    Detections,

    /// <summary>The number in the last message of a topic, looked at once a second.</summary>
    Value,

    /// <summary>How long a topic has been silent.</summary>
    Silence,
}

/// <summary>How a number is held against a threshold.</summary>
[GenerateSerializer, Alias("weir.RuleComparison")]
public enum RuleComparison
{
    /// <summary>It holds where the number is the threshold or above.</summary>
    AtLeast,

    /// <summary>It holds where the number is the threshold or below.</summary>
    AtMost,
}

/// <summary>What is set of a rule. Each camera or topic that it speaks of is looked at by itself, and has an alarm of its own.</summary>
[GenerateSerializer, Immutable, Alias("weir.RuleSettings")]
public sealed record RuleSettings
{
    /// <summary>What pages call it; null for its id. At most 200 characters.</summary>
    [Id(0)] public string? Name { get; init; }

    /// <summary>Whether it is looked at.</summary>
    [Id(1)] public bool Enabled { get; init; } = true;

    /// <summary>What it looks at.</summary>
    [Id(2)] public RuleKind Kind { get; init; }

    /// <summary>Detections: only this camera; null for each of all.</summary>
    [Id(3)] public string? Camera { get; init; }

    /// <summary>Detections: only this class; null for all.</summary>
    [Id(4)] public string? Class { get; init; }

    /// <summary>Detections: only within this zone; null for the whole picture.</summary>
    [Id(5)] public string? Zone { get; init; }

    /// <summary>Detections: only with this score or above, 0 to 1.</summary>
    [Id(6)] public double MinScore { get; init; }

    /// <summary>Value, silence: a topic, or a topic filter for each of many.</summary>
    [Id(7)] public string? Topic { get; init; }

    /// <summary>Value: the field of a JSON message, with dots between levels; null where the message is a number itself. It must be in its first 200 bytes.</summary>
    [Id(8)] public string? Field { get; init; }

    /// <summary>Detections, value: how the number is held against <see cref="Threshold"/>.</summary>
    [Id(9)] public RuleComparison Comparison { get; init; }

    /// <summary>Detections: how many; value: the number.</summary>
    [Id(10)] public double Threshold { get; init; } = 1;

    /// <summary>How long it must hold without a break, in seconds, before the alarm is raised; silence: how long. 0 to 86,400.</summary>
    [Id(11)] public double HoldSeconds { get; init; }

    /// <summary>How long it must not hold, in seconds, before the alarm is cleared; 0 to 86,400.</summary>
    [Id(12)] public double ClearSeconds { get; init; }
}
