using System.Globalization;
using System.Text.Json;
using Weir.Database.Scenes;
using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Results;

/// <summary>Tracks and scene events as rows of the database.</summary>
internal static class SceneRows
{
    private const int MostText = 255;
    private const int MostValue = 1_000;

    public static TrackRow Of(TrackSummary track) => new()
    {
        Camera = track.Camera,
        Track = track.Track,
        Class = track.Class,
        FirstTime = track.FirstTime,
        LastTime = track.LastTime,
        IsOver = true,
        Sightings = track.Detections,
        BestScore = track.BestScore,
        BestTime = track.BestTime,
        BoxLeft = track.BestBox.Left,
        BoxTop = track.BestBox.Top,
        BoxRight = track.BestBox.Right,
        BoxBottom = track.BestBox.Bottom,
        Zone = track.Zones.Count > 0 ? track.Zones[^1] : null,
        ReadText = TextOf(track.Attributes),
        Attributes = JsonSerializer.Serialize(new { track.Zones, Attributes = Named(track.Attributes), track.Path, track.Model, track.ModelVersion }, JsonSerializerOptions.Web),
        Evidence = track.Picture,
        FrameEvidence = track.FramePicture,
    };

    public static SceneEventRow Of(SceneEvent happened) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{happened.Camera}-{happened.FrameTime}-{happened.Index}"),
        HappenedAt = happened.FrameTime,
        Camera = happened.Camera,
        Kind = KindOf(happened.Kind),
        Zone = happened.Zone,
        Class = happened.Class,
        Track = happened.Track,
        Direction = happened.Direction,
        Amount = happened.Kind switch
        {
            SceneEventKind.CountOver or SceneEventKind.CountNormal or SceneEventKind.LineCrossed => happened.Count,
            SceneEventKind.Leave or SceneEventKind.Loitering or SceneEventKind.ObjectLeft => happened.Seconds,
            _ => null,
        },
        Message = happened.Text,
        Attributes = JsonSerializer.Serialize(new { happened.Box, happened.Score, happened.FrameNumber, happened.Model, happened.ModelVersion }, JsonSerializerOptions.Web),
        Evidence = happened.Picture,
    };

    /// <summary>The first text that was read: what people look for.</summary>
    public static string? TextOf(IReadOnlyList<DetectionAttribute> attributes) =>
        attributes.FirstOrDefault(attribute => attribute.Value.Length <= MostText && attribute.Value != attribute.Name)?.Value;

    /// <summary>The attributes of an object as JSON; null for none.</summary>
    public static string? JsonOf(IReadOnlyList<DetectionAttribute> attributes) =>
        attributes.Count == 0 ? null : JsonSerializer.Serialize(Named(attributes), JsonSerializerOptions.Web);

    // The best of each name; of a text that goes on and on its beginning, so that the whole fits its column.
    private static Dictionary<string, object> Named(IReadOnlyList<DetectionAttribute> attributes) =>
        attributes.GroupBy(attribute => attribute.Name, StringComparer.Ordinal).Select(same => same.MaxBy(attribute => attribute.Score)!).ToDictionary(
            attribute => attribute.Name,
            attribute => (object)new { Value = attribute.Value[..Math.Min(attribute.Value.Length, MostValue)], attribute.Score, attribute.Box, attribute.Model },
            StringComparer.Ordinal);

    private static string KindOf(SceneEventKind kind) => kind switch
    {
        SceneEventKind.Enter => "enter",
        SceneEventKind.Leave => "leave",
        SceneEventKind.LineCrossed => "line",
        SceneEventKind.Loitering => "loiter",
        SceneEventKind.CountOver => "count-over",
        SceneEventKind.CountNormal => "count-normal",
        SceneEventKind.ObjectLeft => "object-left",
        SceneEventKind.CameraMoved => "camera-moved",
        SceneEventKind.CameraCovered => "camera-covered",
        _ => "camera-clear",
    };
}
