using Weir.Vision.Tracking;

namespace Weir.Vision.Pipeline;

/// <summary>Says of a track that has ended what there is to say.</summary>
internal static class TrackMapping
{
    public static EndedTrack Of(Track track) => new()
    {
        Id = track.Id,
        Class = track.Class,
        FirstTime = track.FirstTime,
        LastTime = track.LastTime,
        Detections = track.Hits,
        BestScore = track.Best.Score,
        BestTime = track.Best.Time,
        BestBox = track.Best.Box,
        BestJpeg = track.Best.Jpeg,
        Zones = [.. track.Zones],
        Attributes = [.. track.Attributes.Values],
        Path = [.. track.Path],
    };
}
