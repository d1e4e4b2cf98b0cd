using Weir.Vision.Models;
using Weir.Vision.Motion;
using Weir.Vision.Tracking;

namespace Weir.Vision.Scene;

/// <summary>Tells what happens in a camera's scene: in its zones, at its lines, to its view. Not thread-safe.</summary>
internal sealed class SceneWatch
{
    private readonly Polygon[] masks;
    private readonly ZoneWatch[] zones;
    private readonly LineWatch[] lines;

    public SceneWatch(SceneOptions options)
    {
        masks = [.. options.Zones.Where(zone => zone.IsMask).Select(zone => new Polygon(zone.Points))];
        zones = [.. options.Zones.Where(zone => !zone.IsMask).Select(zone => new ZoneWatch(zone))];
        lines = [.. options.Lines.Select(line => new LineWatch(line))];
    }

    /// <summary>Whether an object stands behind a mask.</summary>
    public bool IsMasked(Box box)
    {
        var foot = Polygon.Foot(box);
        return Array.Exists(masks, mask => mask.Contains(foot));
    }

    /// <summary>The zones that an object stands in.</summary>
    public IReadOnlyList<string> ZonesOf(string name, Box box) =>
        zones.Length == 0 ? [] : [.. zones.Where(zone => zone.Holds(name, box)).Select(zone => zone.Name)];

    /// <summary>-1 for each place of a thumbnail of the model's input that is watched, 0 for those off the picture or behind a mask.</summary>
    public short[] Watched(int width, int height, PictureGeometry geometry)
    {
        var watched = new short[width * height];
        for (var i = 0; i < watched.Length; i++)
        {
            var place = new ScenePoint(
                ((i % width + 0.5f) / width - geometry.OffsetX) / geometry.Width, ((i / width + 0.5f) / height - geometry.OffsetY) / geometry.Height);
            watched[i] = place.IsOnPicture && !Array.Exists(masks, mask => mask.Contains(place)) ? (short)-1 : (short)0;
        }
        return watched;
    }

    /// <summary>Goes on to a frame.</summary>
    /// <param name="tracks">All confirmed tracks, in sight or not.</param>
    /// <param name="ended">Those that have ended with this frame.</param>
    /// <param name="time">Frame time in µs, rising.</param>
    /// <param name="events">Takes what has happened.</param>
    public void Look(IReadOnlyCollection<Track> tracks, IReadOnlyCollection<Track> ended, long time, List<SceneEvent> events)
    {
        foreach (var zone in zones) zone.Look(tracks, ended, time, events);
        foreach (var line in lines) line.Look(tracks, ended, events);
    }

    /// <summary>A change of the view as an event.</summary>
    public static SceneEvent? Of(ViewChange change) => change switch
    {
        ViewChange.Covered => new SceneEvent { Kind = SceneEventKind.CameraCovered, Text = "The camera sees next to nothing: it is covered, or in the dark." },
        ViewChange.Clear => new SceneEvent { Kind = SceneEventKind.CameraClear, Text = "The camera sees again." },
        ViewChange.Moved => new SceneEvent { Kind = SceneEventKind.CameraMoved, Text = "The camera looks elsewhere than it did." },
        _ => null,
    };

    internal static bool IsFor(IReadOnlyList<string> classes, string name) => classes.Count == 0 || classes.Contains(name);
}
