using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Interfaces.Results;

/// <summary>Asks for detections. What is null is not asked for.</summary>
[GenerateSerializer, Immutable, Alias("weir.DetectionQuery")]
public sealed record DetectionQuery
{
    /// <summary>First frame time, in microseconds since 1970-01-01 UTC.</summary>
    [Id(0)] public long From { get; init; }

    /// <summary>Frame time to stop before, in microseconds since 1970-01-01 UTC.</summary>
    [Id(1)] public long To { get; init; } = long.MaxValue;

    /// <summary>Only this class.</summary>
    [Id(2)] public string? Class { get; init; }

    /// <summary>Most rows of a page, 1 to 10,000.</summary>
    [Id(3)] public int Limit { get; init; } = 1_000;

    /// <summary>The <see cref="DetectionPage.Next"/> of the page before; null for the first.</summary>
    [Id(4)] public string? After { get; init; }

    /// <summary>Only of this camera.</summary>
    [Id(5)] public string? Camera { get; init; }

    /// <summary>Only in this zone.</summary>
    [Id(6)] public string? Zone { get; init; }

    /// <summary>Only of this track of the camera.</summary>
    [Id(7)] public long? Track { get; init; }

    /// <summary>
    /// Only where all words of this text were read. Newest first, one page; goes with <see cref="From"/> and
    /// <see cref="To"/> alone.
    /// </summary>
    [Id(8)] public string? Text { get; init; }

    /// <summary>Newest first, not oldest.</summary>
    [Id(9)] public bool IsNewestFirst { get; init; }
}

/// <summary>A page of detections.</summary>
/// <param name="Rows">In order of frame time, then of their place in the stream, or the other way.</param>
/// <param name="Next">What to ask with for the next page; null at the end.</param>
[GenerateSerializer, Immutable, Alias("weir.DetectionPage")]
public sealed record DetectionPage(
    [property: Id(0)] IReadOnlyList<StoredDetection> Rows, [property: Id(1)] string? Next);

/// <summary>A detection as the database has it.</summary>
[GenerateSerializer, Immutable, Alias("weir.StoredDetection")]
public sealed record StoredDetection
{
    /// <summary>The camera.</summary>
    [Id(0)] public required string Camera { get; init; }

    /// <summary>When the frame was taken, in microseconds since 1970-01-01 UTC.</summary>
    [Id(1)] public long FrameTime { get; init; }

    /// <summary>Which detection of the frame.</summary>
    [Id(2)] public int Index { get; init; }

    /// <summary>Number of the frame, counted from the start of its pipeline.</summary>
    [Id(3)] public long FrameNumber { get; init; }

    /// <summary>The model that found it.</summary>
    [Id(4)] public required string Model { get; init; }

    /// <summary>The model's version.</summary>
    [Id(5)] public required string ModelVersion { get; init; }

    /// <summary>What it is.</summary>
    [Id(6)] public required string Class { get; init; }

    /// <summary>How sure the model is, 0 to 1.</summary>
    [Id(7)] public float Score { get; init; }

    /// <summary>Where it is.</summary>
    [Id(8)] public Box Box { get; init; }

    /// <summary>The camera's track that it belongs to.</summary>
    [Id(9)] public long? Track { get; init; }

    /// <summary>The zone that it is in.</summary>
    [Id(10)] public string? Zone { get; init; }

    /// <summary>What was read on it, such as a plate.</summary>
    [Id(11)] public string? Text { get; init; }

    /// <summary>What else is known of it, as JSON.</summary>
    [Id(12)] public string? Attributes { get; init; }
}
