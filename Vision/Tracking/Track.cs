using Weir.Vision.Cascades;
using Weir.Vision.Models;
using Weir.Vision.Scene;

namespace Weir.Vision.Tracking;

/// <summary>One object from frame to frame.</summary>
internal sealed class Track(long id, Detection first, long time, PictureSize picture)
{
    private const int MostPlaces = 100;

    private readonly BoxFilter filter = new(first.Box, picture);
    private readonly List<(long Time, ScenePoint Place)> path = [(time, Polygon.Foot(first.Box))];
    private long predicted = time;
    private long placeEvery = 200_000;

    /// <summary>Its name within the camera.</summary>
    public long Id { get; } = id;

    public string Class { get; } = first.Class;

    public int ClassIndex { get; } = first.ClassIndex;

    /// <summary>How it was seen last.</summary>
    public Detection Last { get; private set; } = first;

    /// <summary>When it was seen first, in µs.</summary>
    public long FirstTime { get; } = time;

    /// <summary>When it was seen last.</summary>
    public long LastTime { get; private set; } = time;

    /// <summary>On how many frames it was seen.</summary>
    public int Hits { get; private set; } = 1;

    /// <summary>Whether it has been seen often enough to be told of.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Whether it is out of sight.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Where it is thought to be.</summary>
    public Box Box => filter.Box;

    /// <summary>Its way, by the places where it stood.</summary>
    public IReadOnlyList<(long Time, ScenePoint Place)> Path => path;

    /// <summary>The zones it has been in, in order.</summary>
    public List<string> Zones { get; } = [];

    /// <summary>The best that cascades have found on it, by name.</summary>
    public Dictionary<string, ObjectAttribute> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>When cascades last looked at it, by name.</summary>
    public Dictionary<string, long> LookedAt { get; } = new(StringComparer.Ordinal);

    /// <summary>Its best picture so far.</summary>
    public TrackPicture Best { get; set; }

    public void Predict(long time)
    {
        if (IsLost) filter.KeepSize();
        filter.Predict(time - predicted);
        predicted = time;
    }

    public void See(Detection detection, long time)
    {
        filter.Update(detection.Box);
        (Last, LastTime, IsLost) = (detection, time, false);
        Hits++;
        if (time - path[^1].Time < placeEvery) return;
        path.Add((time, Polygon.Foot(detection.Box)));
        if (path.Count <= MostPlaces) return;
        // A long way keeps every second place, and takes half as many from here on.
        for (var i = path.Count - 2; i > 0; i -= 2) path.RemoveAt(i);
        placeEvery *= 2;
    }

    public void Lose() => IsLost = true;
}

/// <summary>A picture of an object.</summary>
/// <param name="Quality">The larger, the surer and the freer of the picture's edge it is, the greater.</param>
/// <param name="Time">Frame time in µs.</param>
/// <param name="FrameNumber">The frame.</param>
/// <param name="Box">Where the object is on it.</param>
/// <param name="Score">Its score there.</param>
/// <param name="Jpeg">The whole frame; empty where the camera makes none.</param>
internal readonly record struct TrackPicture(
    float Quality, long Time, long FrameNumber, Box Box, float Score, ReadOnlyMemory<byte> Jpeg);
