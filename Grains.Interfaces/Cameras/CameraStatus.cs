namespace Weir.Grains.Interfaces.Cameras;

/// <summary>How a camera stands.</summary>
public enum CameraState
{
    /// <summary>It does not run, because it was told so.</summary>
    Stopped,

    /// <summary>It was started and has not given a frame yet.</summary>
    Starting,

    /// <summary>Frames come.</summary>
    Live,

    /// <summary>Frames came, and have ceased to; it is being started again.</summary>
    Stale,

    /// <summary>It could not be started; it is tried again with growing pauses.</summary>
    Failed,
}

/// <summary>How a camera does just now.</summary>
[GenerateSerializer, Immutable, Alias("weir.CameraStatus")]
public sealed record CameraStatus
{
    /// <summary>The camera's id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What pages call it.</summary>
    [Id(1)] public required string Name { get; init; }

    /// <summary>Its source, without user and password.</summary>
    [Id(2)] public required string Source { get; init; }

    /// <summary>How it stands.</summary>
    [Id(3)] public CameraState State { get; init; }

    /// <summary>Why, in a sentence; null while all is well.</summary>
    [Id(4)] public string? Reason { get; init; }

    /// <summary>Since when it stands so.</summary>
    [Id(5)] public DateTimeOffset Since { get; init; }

    /// <summary>When its last frame was taken; null before the first.</summary>
    [Id(6)] public DateTimeOffset? LastFrame { get; init; }

    /// <summary>Number of the last frame that was looked at, counted from the start of its pipeline.</summary>
    [Id(7)] public long FrameNumber { get; init; }

    /// <summary>Frames a second that came.</summary>
    [Id(8)] public double FramesPerSecond { get; init; }

    /// <summary>Frames a second that a model looked at.</summary>
    [Id(9)] public double DetectedPerSecond { get; init; }

    /// <summary>Mean time of an inference, in milliseconds.</summary>
    [Id(10)] public double InferenceMilliseconds { get; init; }

    /// <summary>Frames that no model looked at because it was busy, since the start of the pipeline.</summary>
    [Id(11)] public long SkippedFrames { get; init; }

    /// <summary>How often the source had to be opened again.</summary>
    [Id(12)] public long Restarts { get; init; }

    /// <summary>What is in the picture now: objects by class, most frequent first.</summary>
    [Id(13)] public IReadOnlyList<ClassCount> Counts { get; init; } = [];

    /// <summary>Frames that the model did not look at because nothing moved, since the start of the pipeline.</summary>
    [Id(14)] public long StillFrames { get; init; }
}

/// <summary>How many objects of a class.</summary>
[GenerateSerializer, Immutable, Alias("weir.ClassCount")]
public readonly record struct ClassCount([property: Id(0)] string Class, [property: Id(1)] int Count);
