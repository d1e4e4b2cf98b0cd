using Weir.Database.Detections;
using Weir.Database.Scenes;
using Weir.Database.Site;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Results;

namespace Weir.Grains.Results;

/// <summary>Says in the words of the grain API what the database says in rows.</summary>
internal static class ResultMapping
{
    public static DateTimeOffset ToTime(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    public static GapSummary ToMessage(GapRow row) => new(
        row.Source, row.FromTime is { } from ? ToTime(from) : null, row.ToTime is { } to ? ToTime(to) : null, row.FromPlace, row.ToPlace, row.Cause,
        row.Lost, row.Detail, ToTime(row.Noticed));

    public static StoredDetection ToMessage(DetectionRow row) => new()
    {
        Camera = row.Camera, FrameTime = row.FrameTime, Index = row.Idx, FrameNumber = row.FrameNumber, Model = row.Model,
        ModelVersion = row.ModelVersion, Class = row.Class, Score = row.Score,
        Box = new Box(row.BoxLeft, row.BoxTop, row.BoxRight, row.BoxBottom), Track = row.Track, Zone = row.Zone, Text = row.ReadText,
        Attributes = row.Attributes,
    };

    public static StoredTrack ToMessage(TrackRow row) => new()
    {
        Camera = row.Camera, Track = row.Track, Class = row.Class, First = ToTime(row.FirstTime), Last = ToTime(row.LastTime),
        IsOver = row.IsOver, Sightings = row.Sightings, BestScore = row.BestScore, BestTime = ToTime(row.BestTime),
        Box = new Box(row.BoxLeft, row.BoxTop, row.BoxRight, row.BoxBottom), Zone = row.Zone, Text = row.ReadText,
        Attributes = row.Attributes, Evidence = row.Evidence, FrameEvidence = row.FrameEvidence,
    };

    public static StoredSceneEvent ToMessage(SceneEventRow row) => new()
    {
        Id = row.Id, Time = ToTime(row.HappenedAt), Camera = row.Camera, Kind = row.Kind, Zone = row.Zone, Class = row.Class, Track = row.Track,
        Direction = row.Direction, Amount = row.Amount, Message = row.Message, Attributes = row.Attributes, Evidence = row.Evidence,
    };
}
