using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Interfaces.Results;

/// <summary>Asks for tracks. What is null is not asked for.</summary>
[GenerateSerializer, Immutable, Alias("weir.TrackQuery")]
public sealed record TrackQuery
{
    /// <summary>Only of this camera.</summary>
    [Id(0)] public string? Camera { get; init; }

    /// <summary>Only this class.</summary>
    [Id(1)] public string? Class { get; init; }

    /// <summary>First time at which a track may begin, in microseconds since 1970-01-01 UTC.</summary>
    [Id(2)] public long From { get; init; }

    /// <summary>Time to stop before.</summary>
    [Id(3)] public long To { get; init; } = long.MaxValue;

    /// <summary>Most rows of a page, 1 to 1,000.</summary>
    [Id(4)] public int Limit { get; init; } = 100;

    /// <summary>The <see cref="TrackPage.Next"/> of the page before; null for the first.</summary>
    [Id(5)] public string? After { get; init; }
}

/// <summary>A page of tracks.</summary>
/// <param name="Rows">Newest first.</param>
/// <param name="Next">What to ask with for the next page; null at the end.</param>
[GenerateSerializer, Immutable, Alias("weir.TrackPage")]
public sealed record TrackPage([property: Id(0)] IReadOnlyList<StoredTrack> Rows, [property: Id(1)] string? Next);

/// <summary>The way of one object through the picture, as the database has it.</summary>
[GenerateSerializer, Immutable, Alias("weir.StoredTrack")]
public sealed record StoredTrack
{
    /// <summary>The camera.</summary>
    [Id(0)] public required string Camera { get; init; }

    /// <summary>Names it within the camera.</summary>
    [Id(1)] public long Track { get; init; }

    /// <summary>What it is.</summary>
    [Id(2)] public required string Class { get; init; }

    /// <summary>When it was first seen.</summary>
    [Id(3)] public DateTimeOffset First { get; init; }

    /// <summary>When it was last seen.</summary>
    [Id(4)] public DateTimeOffset Last { get; init; }

    /// <summary>Whether it will not go on.</summary>
    [Id(5)] public bool IsOver { get; init; }

    /// <summary>On how many frames it was seen.</summary>
    [Id(6)] public long Sightings { get; init; }

    /// <summary>Score of its best sight, 0 to 1.</summary>
    [Id(7)] public float BestScore { get; init; }

    /// <summary>When that was.</summary>
    [Id(8)] public DateTimeOffset BestTime { get; init; }

    /// <summary>Where it was then.</summary>
    [Id(9)] public Box Box { get; init; }

    /// <summary>The zone that it was in last.</summary>
    [Id(10)] public string? Zone { get; init; }

    /// <summary>What was read on it, such as a plate.</summary>
    [Id(11)] public string? Text { get; init; }

    /// <summary>What else is known of it, as JSON.</summary>
    [Id(12)] public string? Attributes { get; init; }

    /// <summary>A picture of its best sight, for <see cref="IResultsGrain.GetEvidenceAsync"/>.</summary>
    [Id(13)] public string? Evidence { get; init; }

    /// <summary>The whole frame of its best sight.</summary>
    [Id(14)] public string? FrameEvidence { get; init; }
}

/// <summary>Asks for scene events. What is null is not asked for.</summary>
[GenerateSerializer, Immutable, Alias("weir.SceneEventQuery")]
public sealed record SceneEventQuery
{
    /// <summary>Only of this camera.</summary>
    [Id(0)] public string? Camera { get; init; }

    /// <summary>Only this kind, such as <c>line</c>.</summary>
    [Id(1)] public string? Kind { get; init; }

    /// <summary>Only of this zone or line.</summary>
    [Id(2)] public string? Zone { get; init; }

    /// <summary>First time, in microseconds since 1970-01-01 UTC.</summary>
    [Id(3)] public long From { get; init; }

    /// <summary>Time to stop before.</summary>
    [Id(4)] public long To { get; init; } = long.MaxValue;

    /// <summary>Most rows of a page, 1 to 1,000.</summary>
    [Id(5)] public int Limit { get; init; } = 100;

    /// <summary>The <see cref="SceneEventPage.Next"/> of the page before; null for the first.</summary>
    [Id(6)] public string? After { get; init; }

    /// <summary>Only where the message has all words of this text. One page; goes with <see cref="From"/> and <see cref="To"/> alone.</summary>
    [Id(7)] public string? Text { get; init; }
}

/// <summary>A page of scene events.</summary>
/// <param name="Rows">Newest first.</param>
/// <param name="Next">What to ask with for the next page; null at the end.</param>
[GenerateSerializer, Immutable, Alias("weir.SceneEventPage")]
public sealed record SceneEventPage([property: Id(0)] IReadOnlyList<StoredSceneEvent> Rows, [property: Id(1)] string? Next);

/// <summary>Something that happened in the picture, as the database has it.</summary>
[GenerateSerializer, Immutable, Alias("weir.StoredSceneEvent")]
public sealed record StoredSceneEvent
{
    /// <summary>Its id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>When it happened.</summary>
    [Id(1)] public DateTimeOffset Time { get; init; }

    /// <summary>The camera.</summary>
    [Id(2)] public required string Camera { get; init; }

    /// <summary>What happened, in a word.</summary>
    [Id(3)] public required string Kind { get; init; }

    /// <summary>The zone or line.</summary>
    [Id(4)] public string? Zone { get; init; }

    /// <summary>What it happened to.</summary>
    [Id(5)] public string? Class { get; init; }

    /// <summary>The camera's track that it happened to.</summary>
    [Id(6)] public long? Track { get; init; }

    /// <summary>Which way, such as <c>in</c> or <c>out</c>.</summary>
    [Id(7)] public string? Direction { get; init; }

    /// <summary>How much: objects over the threshold, seconds of loitering.</summary>
    [Id(8)] public double? Amount { get; init; }

    /// <summary>What happened, in a sentence.</summary>
    [Id(9)] public required string Message { get; init; }

    /// <summary>What else is known of it, as JSON.</summary>
    [Id(10)] public string? Attributes { get; init; }

    /// <summary>A picture of it, for <see cref="IResultsGrain.GetEvidenceAsync"/>.</summary>
    [Id(11)] public string? Evidence { get; init; }
}
