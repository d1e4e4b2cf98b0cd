namespace Weir.Grains.Interfaces.Cameras;

/// <summary>
/// What a model found on one frame. Camera grains publish it to the stream namespace
/// <see cref="DetectionStreams.Namespace"/> under the camera's id, also when nothing was found.
/// </summary>
[GenerateSerializer, Immutable, Alias("weir.FrameDetections")]
public sealed record FrameDetections
{
    /// <summary>The camera's id.</summary>
    [Id(0)] public required string Camera { get; init; }

    /// <summary>Number of the frame, counted from the start of its pipeline.</summary>
    [Id(1)] public long FrameNumber { get; init; }

    /// <summary>
    /// When the frame was taken, in microseconds since 1970-01-01 UTC. Rises from frame to frame of a camera, so that
    /// camera and frame time together name a frame for good.
    /// </summary>
    [Id(2)] public long FrameTime { get; init; }

    /// <summary>Where in its source the frame lies, in seconds from the source's beginning; a looped file begins anew.</summary>
    [Id(3)] public double MediaTime { get; init; }

    /// <summary>The model that looked.</summary>
    [Id(4)] public required string Model { get; init; }

    /// <summary>The model's version.</summary>
    [Id(5)] public required string ModelVersion { get; init; }

    /// <summary>How long the model took, in milliseconds.</summary>
    [Id(6)] public double InferenceMilliseconds { get; init; }

    /// <summary>What it found, best score first.</summary>
    [Id(7)] public IReadOnlyList<Detection> Detections { get; init; } = [];

    /// <summary>When the frame came to the site, in microseconds since 1970-01-01 UTC.</summary>
    [Id(8)] public long IngestTime { get; init; }

    /// <summary>
    /// Whether nothing moved, so that no model looked: <see cref="Detections"/> are those of the last frame that was
    /// looked at, which still hold. Such frames are told of once a second.
    /// </summary>
    [Id(9)] public bool IsStill { get; init; }

    /// <summary>The frames that are missing before this one because the source was away; null where none are.</summary>
    [Id(10)] public FrameGap? GapBefore { get; init; }
}

/// <summary>A time of which a camera has no frames.</summary>
/// <param name="From">Time of the last frame before it, in microseconds since 1970-01-01 UTC.</param>
/// <param name="To">Time of the first frame after it.</param>
/// <param name="Reason">Why, in a sentence.</param>
[GenerateSerializer, Immutable, Alias("weir.FrameGap")]
public sealed record FrameGap([property: Id(0)] long From, [property: Id(1)] long To, [property: Id(2)] string Reason);

/// <summary>One object on a frame.</summary>
/// <param name="Class">What it is, in the words of the model.</param>
/// <param name="Score">How sure the model is, 0 to 1.</param>
/// <param name="Box">Where it is.</param>
[GenerateSerializer, Immutable, Alias("weir.Detection")]
public sealed record Detection(
    [property: Id(0)] string Class, [property: Id(1)] float Score, [property: Id(2)] Box Box)
{
    /// <summary>
    /// The track it belongs to: the same object from frame to frame. Unique within a camera for good and rising; null
    /// before it has been seen often enough to be one.
    /// </summary>
    [Id(3)] public long? Track { get; init; }

    /// <summary>The zones of the camera in which it stands.</summary>
    [Id(4)] public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>What other models have found on it: a plate's text, a face, a kind.</summary>
    [Id(5)] public IReadOnlyList<DetectionAttribute> Attributes { get; init; } = [];
}

/// <summary>What a model of a cascade has found on an object.</summary>
/// <param name="Name">What it tells of, such as <c>plate</c>; the cascade's name in the camera's settings.</param>
/// <param name="Value">The text that was read, or the class that was found.</param>
/// <param name="Score">How sure that model is, 0 to 1.</param>
/// <param name="Box">Where it was found on the full picture; null where the whole object was looked at.</param>
/// <param name="Model">The model that found it, as <c>name version</c>.</param>
[GenerateSerializer, Immutable, Alias("weir.DetectionAttribute")]
public sealed record DetectionAttribute(
    [property: Id(0)] string Name, [property: Id(1)] string Value, [property: Id(2)] float Score,
    [property: Id(3)] Box? Box, [property: Id(4)] string Model);

/// <summary>A rectangle in a picture: 0 is its left or upper edge, 1 its right or lower one.</summary>
[GenerateSerializer, Immutable, Alias("weir.Box")]
public readonly record struct Box(
    [property: Id(0)] float Left, [property: Id(1)] float Top, [property: Id(2)] float Right, [property: Id(3)] float Bottom);

/// <summary>Where detections are published.</summary>
public static class DetectionStreams
{
    /// <summary>Name of the Orleans stream provider of a site.</summary>
    public const string Provider = "weir";

    /// <summary>Namespace of the Orleans streams of detections; the key is the camera's id.</summary>
    public const string Namespace = "detections";

    /// <summary>Namespace of the Orleans streams of <see cref="SceneEvent"/>; the key is the camera's id.</summary>
    public const string SceneEvents = "scene-events";

    /// <summary>Namespace of the Orleans streams of <see cref="TrackSummary"/>; the key is the camera's id.</summary>
    public const string Tracks = "tracks";
}
