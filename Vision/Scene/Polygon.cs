using Weir.Vision.Models;

namespace Weir.Vision.Scene;

/// <summary>An area of the picture with straight edges, which may be hollow anywhere.</summary>
internal sealed class Polygon(IReadOnlyList<ScenePoint> corners)
{
    private readonly ScenePoint[] corners = [.. corners];

    /// <summary>Whether a place lies within: a ray from it crosses the outline an odd number of times.</summary>
    public bool Contains(ScenePoint place)
    {
        var inside = false;
        for (int i = 0, j = corners.Length - 1; i < corners.Length; j = i++)
        {
            var (a, b) = (corners[i], corners[j]);
            if (a.Y > place.Y == b.Y > place.Y) continue;
            if (place.X < (b.X - a.X) * (place.Y - a.Y) / (b.Y - a.Y) + a.X) inside = !inside;
        }
        return inside;
    }

    /// <summary>Where an object stands: the middle of its lower edge.</summary>
    public static ScenePoint Foot(Box box) => new((box.Left + box.Right) / 2, box.Bottom);
}
