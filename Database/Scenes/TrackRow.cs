namespace Weir.Database.Scenes;

/// <summary>
/// The way of one object through the picture of a camera. It may be stored again and again while it goes on: the newest
/// row of a camera and track counts. Boxes are in parts of the picture, 0 to 1; times in microseconds since 1970-01-01 UTC.
/// </summary>
public sealed record TrackRow
{
    /// <summary>The camera's id; at most 64 characters.</summary>
    public required string Camera { get; init; }

    /// <summary>Names the track within its camera for good, also after a restart.</summary>
    public long Track { get; init; }

    /// <summary>What it is; at most 64 characters.</summary>
    public required string Class { get; init; }

    /// <summary>When it was first seen.</summary>
    public long FirstTime { get; init; }

    /// <summary>When it was last seen.</summary>
    public long LastTime { get; init; }

    /// <summary>Whether it will not go on.</summary>
    public bool IsOver { get; init; }

    /// <summary>On how many frames it was seen.</summary>
    public long Sightings { get; init; }

    /// <summary>Score of its best sight, 0 to 1.</summary>
    public float BestScore { get; init; }

    /// <summary>When its best sight was.</summary>
    public long BestTime { get; init; }

    /// <summary>Left edge of its box at its best sight.</summary>
    public float BoxLeft { get; init; }

    /// <summary>Upper edge of that box.</summary>
    public float BoxTop { get; init; }

    /// <summary>Right edge of that box.</summary>
    public float BoxRight { get; init; }

    /// <summary>Lower edge of that box.</summary>
    public float BoxBottom { get; init; }

    /// <summary>The zone that it was in last; at most 64 characters.</summary>
    public string? Zone { get; init; }

    /// <summary>What was read on it, such as a plate; at most 255 characters.</summary>
    public string? ReadText { get; init; }

    /// <summary>What else is known of it, as JSON.</summary>
    public string? Attributes { get; init; }

    /// <summary>A picture of its best sight: the SHA-256 that <see cref="Evidence.EvidenceStore"/> gave.</summary>
    public string? Evidence { get; init; }

    /// <summary>The whole frame of its best sight.</summary>
    public string? FrameEvidence { get; init; }
}

/// <summary>Which tracks are asked for. Times in microseconds since 1970-01-01 UTC.</summary>
public sealed record TrackFilter
{
    /// <summary>Only of this camera; null for all.</summary>
    public string? Camera { get; init; }

    /// <summary>Only this class; null for all.</summary>
    public string? Class { get; init; }

    /// <summary>First time at which a track may begin.</summary>
    public long From { get; init; }

    /// <summary>Time to stop before.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Only what comes behind this one in the order of the answer; null from the beginning.</summary>
    public (long FirstTime, string Camera, long Track)? After { get; init; }

    /// <summary>Most rows.</summary>
    public int Limit { get; init; } = 100;
}
