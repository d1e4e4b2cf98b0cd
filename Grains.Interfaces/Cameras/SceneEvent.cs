namespace Weir.Grains.Interfaces.Cameras;

/// <summary>What can happen in a scene.</summary>
public enum SceneEventKind
{
    /// <summary>An object has come into a zone.</summary>
    Enter,

    /// <summary>An object has left a zone, or was lost in it.</summary>
    Leave,

    /// <summary>An object has crossed a line.</summary>
    LineCrossed,

    /// <summary>An object has stayed in a zone for longer than is allowed.</summary>
    Loitering,

    /// <summary>More objects are in a zone than are allowed.</summary>
    CountOver,

    /// <summary>The objects in a zone are as many as are allowed again, or fewer.</summary>
    CountNormal,

    /// <summary>A thing stands where it was put down, and nobody is with it.</summary>
    ObjectLeft,

    /// <summary>The camera looks elsewhere than it did.</summary>
    CameraMoved,

    /// <summary>The camera sees next to nothing: it is covered, or in the dark.</summary>
    CameraCovered,

    /// <summary>The camera sees again.</summary>
    CameraClear,
}

/// <summary>
/// Something that happened before a camera. Camera grains publish it to the stream namespace
/// <see cref="DetectionStreams.SceneEvents"/> under the camera's id. Camera, frame time and index name it for good.
/// </summary>
[GenerateSerializer, Immutable, Alias("weir.SceneEvent")]
public sealed record SceneEvent
{
    /// <summary>The camera's id.</summary>
    [Id(0)] public required string Camera { get; init; }

    /// <summary>When the frame was taken on which it showed, in microseconds since 1970-01-01 UTC.</summary>
    [Id(1)] public long FrameTime { get; init; }

    /// <summary>Which event of the frame.</summary>
    [Id(2)] public int Index { get; init; }

    /// <summary>Number of the frame, counted from the start of its pipeline.</summary>
    [Id(3)] public long FrameNumber { get; init; }

    /// <summary>What happened.</summary>
    [Id(4)] public SceneEventKind Kind { get; init; }

    /// <summary>The zone or line, by its name in the camera's settings; null where it is about the whole picture.</summary>
    [Id(5)] public string? Zone { get; init; }

    /// <summary>The object's track; null where it is about no single object.</summary>
    [Id(6)] public long? Track { get; init; }

    /// <summary>The object's class; null where it is about no single object.</summary>
    [Id(7)] public string? Class { get; init; }

    /// <summary>The object's score, 0 to 1.</summary>
    [Id(8)] public float Score { get; init; }

    /// <summary>Where the object was.</summary>
    [Id(9)] public Box? Box { get; init; }

    /// <summary>Of a crossed line: <c>in</c> or <c>out</c>, as the line's settings name its sides; else null.</summary>
    [Id(10)] public string? Direction { get; init; }

    /// <summary>Of a count: how many; of a line: how many have crossed it that way since the camera started.</summary>
    [Id(11)] public long Count { get; init; }

    /// <summary>How long it has held, in seconds: of loitering and of things left.</summary>
    [Id(12)] public double Seconds { get; init; }

    /// <summary>It in a sentence, for people.</summary>
    [Id(13)] public required string Text { get; init; }

    /// <summary>The SHA-256 of the frame's JPEG in the evidence of the database, as 64 small hexadecimal digits; null where none was kept.</summary>
    [Id(14)] public string? Picture { get; init; }

    /// <summary>The model that saw the object, and its version; null where no model did.</summary>
    [Id(15)] public string? Model { get; init; }

    /// <summary>The model's version.</summary>
    [Id(16)] public string? ModelVersion { get; init; }
}
