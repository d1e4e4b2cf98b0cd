using Weir.Vision.Models;
using Weir.Vision.Scene;

namespace Weir.Vision.Pipeline;

/// <summary>What was found on one frame.</summary>
public sealed record FrameResult
{
    /// <summary>The camera.</summary>
    public required string CameraId { get; init; }

    /// <summary>The number of the frame since the pipeline was made, from 1; those missing in between were skipped.</summary>
    public required long FrameNumber { get; init; }

    /// <summary>
    /// When the frame was taken, as near as the source tells: UTC in µs since 1970, rising from frame to frame.
    /// </summary>
    public required long FrameTime { get; init; }

    /// <summary>When the frame came to this process: UTC in µs since 1970.</summary>
    public required long IngestTime { get; init; }

    /// <summary>The frame's own time stamp in µs from the source's start; it goes on rising when a file begins again.</summary>
    public required long MediaTime { get; init; }

    /// <summary>For a file whose duration is known: the frame's place in it, in µs.</summary>
    public long? Position { get; init; }

    /// <summary>The size of the full picture.</summary>
    public required PictureSize Picture { get; init; }

    /// <summary>The name of the model that looked.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required string ModelVersion { get; init; }

    /// <summary>What was found, best first; boxes are in parts of the full picture.</summary>
    public required IReadOnlyList<FoundObject> Detections { get; init; }

    /// <summary>
    /// Whether nothing moved, so that the model did not look: <see cref="Detections"/> are those of the last frame that it
    /// looked at. Of still frames one a second comes out.
    /// </summary>
    public bool IsStill { get; init; }

    /// <summary>The part of the picture that moved, 0..1; null where the camera has no motion gate.</summary>
    public double? Motion { get; init; }

    /// <summary>The frames that are missing before this one because the source was away; null where none are.</summary>
    public FrameGap? GapBefore { get; init; }

    /// <summary>What has happened in the scene with this frame.</summary>
    public IReadOnlyList<SceneEvent> Events { get; init; } = [];

    /// <summary>The tracks that have ended with this frame.</summary>
    public IReadOnlyList<EndedTrack> EndedTracks { get; init; } = [];

    /// <summary>The frame as JPEG; empty where the camera makes none.</summary>
    public required ReadOnlyMemory<byte> Jpeg { get; init; }

    /// <summary>Time in the model; 0 where it did not look.</summary>
    public required double InferenceMilliseconds { get; init; }

    /// <summary>Frames that were skipped since the result before.</summary>
    public required long Skipped { get; init; }
}
