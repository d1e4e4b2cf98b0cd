using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Recordings;
using Weir.Vision.Recording.Capture;

namespace Weir.Grains.Recordings;

/// <summary>
/// Reads off a camera's frames where in its file it is, and what is worth keeping. Written by the grain, read by the
/// recorder's own task.
/// </summary>
internal sealed class RecordingTrigger
{
    private const double MicrosPerSecond = 1e6;

    /// <summary>Older marks tell nothing of where the camera is now.</summary>
    private static readonly long MarkLasts = (long)TimeSpan.FromSeconds(10).TotalMicroseconds;

    private readonly Lock gate = new();
    private FileMark? mark;
    private bool sawStill;
    private bool movedBefore;

    /// <summary>Where in its file the camera is; null where it has not said so lately.</summary>
    public FileMark? MarkAt(long now)
    {
        lock (gate) return mark is { } known && now - known.Time < MarkLasts ? known : null;
    }

    /// <summary>Takes a frame; answers whether a recording of this mode is to keep it.</summary>
    public bool Take(FrameDetections frame, RecordingSettings settings)
    {
        lock (gate) mark = new FileMark(frame.FrameTime, (long)Math.Round(frame.MediaTime * MicrosPerSecond));
        return settings.Mode switch
        {
            RecordingMode.Detection => !frame.IsStill && frame.Detections.Any(found => settings.Classes.Count == 0 || settings.Classes.Contains(found.Class)),
            RecordingMode.Motion => Moves(frame),
            _ => false,
        };
    }

    // Only a camera with a motion gate tells of still frames, and of those it looks at one now and then: one frame alone
    // that is not still means nothing.
    private bool Moves(FrameDetections frame)
    {
        sawStill |= frame.IsStill;
        var moves = sawStill && !frame.IsStill && movedBefore;
        movedBefore = !frame.IsStill;
        return moves;
    }
}
