using Weir.Vision.Cascades;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>One object on a frame.</summary>
/// <param name="Class">What it is, by the model's list of classes.</param>
/// <param name="Score">How sure the model is, 0..1.</param>
/// <param name="Box">Where it is on the full picture.</param>
public sealed record FoundObject(string Class, float Score, Box Box)
{
    /// <summary>The track it belongs to, unique within the camera for good and rising; null before it is one.</summary>
    public long? Track { get; init; }

    /// <summary>The zones that it stands in.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>What cascades have found on it.</summary>
    public IReadOnlyList<ObjectAttribute> Attributes { get; init; } = [];
}

/// <summary>An object's whole way through the picture, told when it has gone.</summary>
public sealed record EndedTrack
{
    /// <summary>Its name within the camera.</summary>
    public required long Id { get; init; }

    /// <summary>What it is.</summary>
    public required string Class { get; init; }

    /// <summary>Frame time of its first detection, in µs.</summary>
    public required long FirstTime { get; init; }

    /// <summary>Frame time of its last detection, in µs.</summary>
    public required long LastTime { get; init; }

    /// <summary>On how many frames it was seen.</summary>
    public required int Detections { get; init; }

    /// <summary>The score of its best picture, 0..1.</summary>
    public required float BestScore { get; init; }

    /// <summary>Frame time of its best picture, in µs.</summary>
    public required long BestTime { get; init; }

    /// <summary>Where it was on its best picture.</summary>
    public required Box BestBox { get; init; }

    /// <summary>The frame of its best picture as JPEG; empty where the camera makes none.</summary>
    public required ReadOnlyMemory<byte> BestJpeg { get; init; }

    /// <summary>The zones it was in, in the order in which it came into them.</summary>
    public required IReadOnlyList<string> Zones { get; init; }

    /// <summary>The best that cascades have found on it, one a name.</summary>
    public required IReadOnlyList<ObjectAttribute> Attributes { get; init; }

    /// <summary>Its way: frame time in µs, and where it stood; at most a hundred places.</summary>
    public required IReadOnlyList<(long Time, Scene.ScenePoint Place)> Path { get; init; }
}
