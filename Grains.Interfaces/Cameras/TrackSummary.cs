namespace Weir.Grains.Interfaces.Cameras;

/// <summary>
/// An object's whole way through the picture, told when it has gone. Camera grains publish it to the stream namespace
/// <see cref="DetectionStreams.Tracks"/> under the camera's id. Camera and track name it for good.
/// </summary>
[GenerateSerializer, Immutable, Alias("weir.TrackSummary")]
public sealed record TrackSummary
{
    /// <summary>The camera's id.</summary>
    [Id(0)] public required string Camera { get; init; }

    /// <summary>The track, as detections carry it.</summary>
    [Id(1)] public long Track { get; init; }

    /// <summary>What it is, in the words of the model.</summary>
    [Id(2)] public required string Class { get; init; }

    /// <summary>Frame time of its first detection, in microseconds since 1970-01-01 UTC.</summary>
    [Id(3)] public long FirstTime { get; init; }

    /// <summary>Frame time of its last detection.</summary>
    [Id(4)] public long LastTime { get; init; }

    /// <summary>On how many frames it was seen.</summary>
    [Id(5)] public long Detections { get; init; }

    /// <summary>Its best score, 0 to 1.</summary>
    [Id(6)] public float BestScore { get; init; }

    /// <summary>Frame time of its best picture.</summary>
    [Id(7)] public long BestTime { get; init; }

    /// <summary>Where it was on its best picture.</summary>
    [Id(8)] public Box BestBox { get; init; }

    /// <summary>The zones it was in, in the order in which it came into them.</summary>
    [Id(9)] public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>The best that other models have found on it, one a name.</summary>
    [Id(10)] public IReadOnlyList<DetectionAttribute> Attributes { get; init; } = [];

    /// <summary>Its way: the middle of its lower edge, at most a hundred places.</summary>
    [Id(11)] public IReadOnlyList<PathPoint> Path { get; init; } = [];

    /// <summary>The SHA-256 of its best picture, cut out, in the evidence of the database, as 64 small hexadecimal digits; null where none was kept.</summary>
    [Id(12)] public string? Picture { get; init; }

    /// <summary>The same of the full frame of that picture.</summary>
    [Id(13)] public string? FramePicture { get; init; }

    /// <summary>The model that saw it.</summary>
    [Id(14)] public required string Model { get; init; }

    /// <summary>The model's version.</summary>
    [Id(15)] public required string ModelVersion { get; init; }
}

/// <summary>A place on a track.</summary>
/// <param name="Time">Frame time in microseconds since 1970-01-01 UTC.</param>
/// <param name="X">0 at the left edge, 1 at the right one.</param>
/// <param name="Y">0 at the upper edge, 1 at the lower one.</param>
[GenerateSerializer, Immutable, Alias("weir.PathPoint")]
public readonly record struct PathPoint([property: Id(0)] long Time, [property: Id(1)] float X, [property: Id(2)] float Y);
