using Weir.Vision.Cascades;
using Weir.Vision.Models;
using Weir.Vision.Motion;
using Weir.Vision.Scene;
using Weir.Vision.Tracking;

namespace Weir.Vision.Pipeline;

/// <summary>What an analysis makes of a frame.</summary>
internal sealed record FrameFindings
{
    public required IReadOnlyList<FoundObject> Objects { get; init; }

    public required ModelDescription Model { get; init; }

    public required TimeSpan Inference { get; init; }

    public IReadOnlyList<SceneEvent> Events { get; init; } = [];

    public IReadOnlyList<Track> Ended { get; init; } = [];

    public double? Motion { get; init; }

    public bool IsStill { get; init; }

    /// <summary>The objects' tracks, whose best pictures are still to be judged.</summary>
    public IReadOnlyList<Track> Seen { get; init; } = [];
}

/// <summary>
/// Takes a camera's frames, one after the other, through motion gate, model, tracker, cascades and scene. It lives as
/// long as the camera, so that tracks and counts outlast a restart of the decoder. Not thread-safe.
/// </summary>
internal sealed class FrameAnalysis(CameraOptions options, DetectionModel model, CascadeSet cascades) : IDisposable
{
    private const long StillEvery = 1_000_000;

    private readonly ByteTracker tracker = new(options.Tracking);
    private readonly SceneWatch scene = new(options.Scene);
    private readonly ViewWatch view = new();
    private Thumbnail? thumbnail;
    private MotionGate? gate;
    private (ModelInputDescription Input, PictureSize Picture)? seenInput;
    private IReadOnlyList<FoundObject> held = [];
    private ModelDescription heldModel = model.Description;
    private long lastStill = long.MinValue;

    /// <summary>Whether frames are needed at their full size.</summary>
    public bool NeedsFullFrames => !cascades.IsEmpty;

    /// <summary>Looks at a frame.</summary>
    /// <param name="input">Its pixels for the model.</param>
    /// <param name="picture">The size of the full picture.</param>
    /// <param name="time">Its time in µs, rising.</param>
    /// <param name="fullFrame">Brings it at its full size; null where it is not to be had any more.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null for a frame that is still and need not be told of.</returns>
    public async Task<FrameFindings?> LookAsync(
        ModelInput input, PictureSize picture, long time, Func<ValueTask<FullFrame?>> fullFrame, CancellationToken cancellationToken)
    {
        var events = new List<SceneEvent>();
        var motion = Judge(input, picture, time, events);
        if (motion is { IsOpen: false })
        {
            if (events.Count == 0 && lastStill != long.MinValue && time - lastStill < StillEvery) return null;
            lastStill = time;
            return new FrameFindings { Objects = held, Model = heldModel, Inference = TimeSpan.Zero, Events = events, Motion = motion?.Area, IsStill = true };
        }

        var threshold = options.Threshold ?? model.Description.Threshold;
        var result = await model.DetectAsync(input, picture, threshold * options.Tracking.Weak, cancellationToken).ConfigureAwait(false);
        var detections = result.Detections.Where(IsWanted).ToList();
        var owners = tracker.Update(detections, threshold, time, picture);
        var seen = owners.OfType<Track>().ToList();
        if (!cascades.IsEmpty && cascades.IsDue(seen, picture, time) && await fullFrame().ConfigureAwait(false) is { } frame)
            await cascades.LookAsync(frame, seen, picture, time, cancellationToken).ConfigureAwait(false);

        var ended = tracker.TakeEnded();
        scene.Look([.. tracker.Confirmed], ended, time, events);
        (held, heldModel) = (ToObjects(detections, owners, threshold), result.Model);
        return new FrameFindings
        {
            Objects = held, Model = result.Model, Inference = result.Duration, Events = events, Ended = ended, Motion = motion?.Area, Seen = seen,
        };
    }

    /// <summary>Keeps the frame as the best picture of those for which it is.</summary>
    public static void KeepBest(IReadOnlyList<Track> seen, long time, long number, ReadOnlyMemory<byte> jpeg)
    {
        foreach (var track in seen)
        {
            var quality = QualityOf(track.Last);
            if (quality > track.Best.Quality) track.Best = new TrackPicture(quality, time, number, track.Last.Box, track.Last.Score, jpeg);
        }
    }

    /// <summary>Ends all tracks, as when the camera stops, and gives them.</summary>
    public IReadOnlyList<Track> End()
    {
        tracker.EndAll();
        return tracker.TakeEnded();
    }

    public void Dispose() => cascades.Dispose();

    private Motion.Motion? Judge(ModelInput input, PictureSize picture, long time, List<SceneEvent> events)
    {
        if (options.Motion is null && !options.Scene.WatchView) return null;
        if (thumbnail is null || seenInput != (input.Description, picture))
        {
            thumbnail = new Thumbnail(input.Description.Width, input.Description.Height);
            gate = options.Motion is { } wanted ? new MotionGate(wanted, scene.Watched(thumbnail.Width, thumbnail.Height, PictureGeometry.Of(input.Description, picture))) : null;
            seenInput = (input.Description, picture);
        }
        thumbnail.Fill(input.Pixels.Span);
        if (options.Scene.WatchView && SceneWatch.Of(view.Look(thumbnail, time)) is { } change) events.Add(change);
        return gate?.Look(thumbnail.Grey, time);
    }

    private bool IsWanted(Detection detection) =>
        (options.Classes.Count == 0 || options.Classes.Contains(detection.Class)) && !scene.IsMasked(detection.Box);

    /// <summary>What is sure, and what is weak but part of a track.</summary>
    private List<FoundObject> ToObjects(List<Detection> detections, Track?[] owners, float threshold)
    {
        var objects = new List<FoundObject>();
        for (var i = 0; i < detections.Count; i++)
        {
            var (detection, track) = (detections[i], owners[i]);
            if (track is null && detection.Score < threshold) continue;
            objects.Add(new FoundObject(detection.Class, detection.Score, detection.Box)
            {
                Track = track?.Id,
                Zones = scene.ZonesOf(detection.Class, detection.Box),
                Attributes = track is { Attributes.Count: > 0 } ? [.. track.Attributes.Values] : [],
            });
        }
        return objects;
    }

    /// <summary>Sure, large, and not cut by the picture's edge.</summary>
    private static float QualityOf(Detection detection)
    {
        const float edge = 0.005f;
        var box = detection.Box;
        var isCut = box.Left < edge || box.Top < edge || box.Right > 1 - edge || box.Bottom > 1 - edge;
        return detection.Score * MathF.Sqrt(box.Area) * (isCut ? 0.5f : 1);
    }
}
