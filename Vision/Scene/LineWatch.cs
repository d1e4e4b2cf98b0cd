using System.Globalization;
using Weir.Vision.Tracking;

namespace Weir.Vision.Scene;

/// <summary>
/// Tells of objects that cross a line. An object is on a side only when it stands clear of the line, so that one that
/// lingers on it is not counted to and fro.
/// </summary>
internal sealed class LineWatch(SceneLine line)
{
    /// <summary>How far from the line is clear of it, in parts of the picture.</summary>
    private const float Clear = 0.008f;

    private readonly Dictionary<long, (ScenePoint Place, bool IsIn)> clearAt = [];
    private long goneIn;
    private long goneOut;

    public void Look(IReadOnlyCollection<Track> tracks, IReadOnlyCollection<Track> ended, List<SceneEvent> events)
    {
        foreach (var track in tracks)
        {
            if (track.IsLost || !SceneWatch.IsFor(line.Classes, track.Class)) continue;
            var foot = Polygon.Foot(track.Last.Box);
            var distance = Distance(foot);
            if (Math.Abs(distance) < Clear) continue;
            var isIn = distance > 0;
            // Its way began before it was told of.
            var before = clearAt.TryGetValue(track.Id, out var known) ? known : Begin(track) ?? (foot, isIn);
            if (before.IsIn != isIn && Crosses(before.Place, foot)) events.Add(Tell(track, isIn));
            clearAt[track.Id] = (foot, isIn);
        }
        foreach (var track in ended) clearAt.Remove(track.Id);
    }

    private (ScenePoint Place, bool IsIn)? Begin(Track track)
    {
        var place = track.Path[0].Place;
        var distance = Distance(place);
        return Math.Abs(distance) < Clear ? null : (place, distance > 0);
    }

    private SceneEvent Tell(Track track, bool isIn)
    {
        var count = isIn ? ++goneIn : ++goneOut;
        var direction = isIn ? "in" : "out";
        return new SceneEvent
        {
            Kind = SceneEventKind.LineCrossed,
            Zone = line.Name,
            Track = track.Id,
            Class = track.Class,
            Score = track.Last.Score,
            Box = track.Last.Box,
            Direction = direction,
            Count = count,
            Text = string.Create(CultureInfo.InvariantCulture, $"A {track.Class} crossed the line '{line.Name}' going {direction}; {count} so far."),
        };
    }

    /// <summary>Above 0 on the right of the line, as one looks from its beginning to its end: rows count downwards.</summary>
    private float Distance(ScenePoint place)
    {
        var (x, y) = (line.To.X - line.From.X, line.To.Y - line.From.Y);
        return (x * (place.Y - line.From.Y) - y * (place.X - line.From.X)) / MathF.Sqrt(x * x + y * y);
    }

    /// <summary>Whether the way between two places on different sides of the endless line passes between its ends.</summary>
    private bool Crosses(ScenePoint from, ScenePoint to)
    {
        var (x, y) = (to.X - from.X, to.Y - from.Y);
        float Side(ScenePoint end) => x * (end.Y - from.Y) - y * (end.X - from.X);
        return Side(line.From) > 0 != Side(line.To) > 0;
    }
}
