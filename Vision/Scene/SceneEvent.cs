using Weir.Vision.Models;

namespace Weir.Vision.Scene;

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

/// <summary>Something that happened in a scene.</summary>
public sealed record SceneEvent
{
    /// <summary>What.</summary>
    public required SceneEventKind Kind { get; init; }

    /// <summary>The zone or line; null where it is about the whole picture.</summary>
    public string? Zone { get; init; }

    /// <summary>The object's track; null where it is about no single object.</summary>
    public long? Track { get; init; }

    /// <summary>The object's class.</summary>
    public string? Class { get; init; }

    /// <summary>The object's score, 0..1.</summary>
    public float Score { get; init; }

    /// <summary>Where the object was.</summary>
    public Box? Box { get; init; }

    /// <summary>Of a crossed line: in or out.</summary>
    public string? Direction { get; init; }

    /// <summary>Of a count: how many; of a line: how many have crossed it that way so far.</summary>
    public long Count { get; init; }

    /// <summary>How long it has held.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>It in a sentence.</summary>
    public required string Text { get; init; }
}
