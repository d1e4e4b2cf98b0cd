namespace Weir.Database.Scenes;

/// <summary>Something that happened in the picture of a camera. Times are microseconds since 1970-01-01 UTC.</summary>
public sealed record SceneEventRow
{
    /// <summary>
    /// Names the event for good; at most 96 characters. Made of what it came from (camera, rule, track, time), so that
    /// a repeat is the same event.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>When it happened.</summary>
    public long HappenedAt { get; init; }

    /// <summary>The camera's id; at most 64 characters.</summary>
    public required string Camera { get; init; }

    /// <summary>What happened, in a word, such as <c>enter</c>, <c>line</c> or <c>loiter</c>; at most 32 characters.</summary>
    public required string Kind { get; init; }

    /// <summary>The zone or line; at most 64 characters.</summary>
    public string? Zone { get; init; }

    /// <summary>What it happened to; at most 64 characters.</summary>
    public string? Class { get; init; }

    /// <summary>The camera's track that it happened to.</summary>
    public long? Track { get; init; }

    /// <summary>Which way, such as <c>in</c> or <c>out</c>; at most 16 characters.</summary>
    public string? Direction { get; init; }

    /// <summary>How much: objects over the threshold, seconds of loitering.</summary>
    public double? Amount { get; init; }

    /// <summary>What happened, in a sentence; at most 2,000 characters. It is found by its words.</summary>
    public required string Message { get; init; }

    /// <summary>What else is known of it, as JSON.</summary>
    public string? Attributes { get; init; }

    /// <summary>A picture of it: the SHA-256 that <see cref="Evidence.EvidenceStore"/> gave.</summary>
    public string? Evidence { get; init; }
}

/// <summary>Which scene events are asked for, newest first. Times are microseconds since 1970-01-01 UTC.</summary>
public sealed record SceneEventFilter
{
    /// <summary>Only of this camera; null for all.</summary>
    public string? Camera { get; init; }

    /// <summary>Only this kind; null for all.</summary>
    public string? Kind { get; init; }

    /// <summary>Only of this zone or line; null for all.</summary>
    public string? Zone { get; init; }

    /// <summary>First time.</summary>
    public long From { get; init; }

    /// <summary>Time to stop before.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Only what comes behind this one in the order of the answer; null from the newest.</summary>
    public (long HappenedAt, string Id)? After { get; init; }

    /// <summary>Most rows.</summary>
    public int Limit { get; init; } = 100;
}
