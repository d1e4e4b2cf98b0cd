using Weir.Grains.Interfaces.Cameras;
using Weir.Vision.Cascades;
using Weir.Vision.Pipeline;
using CameraState = Weir.Grains.Interfaces.Cameras.CameraState;
using CameraStatus = Weir.Grains.Interfaces.Cameras.CameraStatus;

namespace Weir.Grains.Cameras;

/// <summary>Says in the words of the grain API what the vision library says in its own.</summary>
internal static class FrameMapping
{
    private const double MicrosPerSecond = 1e6;

    public static FrameDetections ToMessage(FrameResult result) => new()
    {
        Camera = result.CameraId,
        FrameNumber = result.FrameNumber,
        FrameTime = result.FrameTime,
        MediaTime = (result.Position ?? result.MediaTime) / MicrosPerSecond,
        Model = result.Model,
        ModelVersion = result.ModelVersion,
        InferenceMilliseconds = result.InferenceMilliseconds,
        Detections = [.. result.Detections.Select(ToMessage)],
        IngestTime = result.IngestTime,
        IsStill = result.IsStill,
        GapBefore = result.GapBefore is { } gap ? new Interfaces.Cameras.FrameGap(gap.From, gap.To, gap.Reason) : null,
    };

    public static IEnumerable<SceneEvent> ToEvents(FrameResult result) => result.Events.Select((happened, index) => new SceneEvent
    {
        Camera = result.CameraId,
        FrameTime = result.FrameTime,
        Index = index,
        FrameNumber = result.FrameNumber,
        Kind = Enum.Parse<SceneEventKind>(happened.Kind.ToString()),
        Zone = happened.Zone,
        Track = happened.Track,
        Class = happened.Class,
        Score = happened.Score,
        Box = happened.Box is { } box ? ToMessage(box) : null,
        Direction = happened.Direction,
        Count = happened.Count,
        Seconds = happened.Held.TotalSeconds,
        Text = happened.Text,
        Model = happened.Track is null ? null : result.Model,
        ModelVersion = happened.Track is null ? null : result.ModelVersion,
    });

    public static TrackSummary ToSummary(string camera, EndedTrack track, string model, string modelVersion) => new()
    {
        Camera = camera,
        Track = track.Id,
        Class = track.Class,
        FirstTime = track.FirstTime,
        LastTime = track.LastTime,
        Detections = track.Detections,
        BestScore = track.BestScore,
        BestTime = track.BestTime,
        BestBox = ToMessage(track.BestBox),
        Zones = track.Zones,
        Attributes = [.. track.Attributes.Select(ToMessage)],
        Path = [.. track.Path.Select(place => new PathPoint(place.Time, place.Place.X, place.Place.Y))],
        Model = model,
        ModelVersion = modelVersion,
    };

    private static Detection ToMessage(FoundObject found) => new(found.Class, found.Score, ToMessage(found.Box))
    {
        Track = found.Track,
        Zones = found.Zones,
        Attributes = [.. found.Attributes.Select(ToMessage)],
    };

    private static DetectionAttribute ToMessage(ObjectAttribute attribute) => new(
        attribute.Name, attribute.Value, attribute.Score, attribute.Box is { } box ? ToMessage(box) : null, attribute.Model);

    private static Interfaces.Cameras.Box ToMessage(Vision.Models.Box box) => new(box.Left, box.Top, box.Right, box.Bottom);

    /// <param name="id">The camera.</param>
    /// <param name="settings">What is set.</param>
    /// <param name="pipeline">How its pipeline does; null where it has none.</param>
    /// <param name="newest">The newest frame; null before the first.</param>
    /// <param name="closedSince">Since when it has no pipeline.</param>
    public static CameraStatus ToStatus(
        string id, CameraSettings settings, Vision.Pipeline.CameraStatus? pipeline, FrameDetections? newest,
        DateTimeOffset closedSince) => new()
    {
        Id = id,
        Name = settings.Name ?? id,
        Source = pipeline?.Source ?? "",
        State = pipeline is null ? CameraState.Stopped : ToState(pipeline.State),
        Reason = pipeline is null ? "It was switched off." : pipeline.Reason,
        Since = pipeline?.Since ?? closedSince,
        LastFrame = pipeline?.LastFrame,
        FrameNumber = newest?.FrameNumber ?? 0,
        FramesPerSecond = pipeline?.Statistics.FrameRate ?? 0,
        DetectedPerSecond = pipeline?.Statistics.DetectionRate ?? 0,
        InferenceMilliseconds = pipeline?.Statistics.InferenceMilliseconds ?? 0,
        SkippedFrames = pipeline?.Statistics.Skipped ?? 0,
        Restarts = pipeline?.Statistics.Restarts ?? 0,
        StillFrames = pipeline?.Statistics.Still ?? 0,
        Counts = pipeline?.State == Vision.Pipeline.CameraState.Live && newest is not null ? ClassCounts.Of(newest.Detections) : [],
    };

    private static CameraState ToState(Vision.Pipeline.CameraState state) => state switch
    {
        Vision.Pipeline.CameraState.Starting => CameraState.Starting,
        Vision.Pipeline.CameraState.Live => CameraState.Live,
        Vision.Pipeline.CameraState.Stale => CameraState.Stale,
        Vision.Pipeline.CameraState.Failed => CameraState.Failed,
        _ => CameraState.Stopped,
    };
}
