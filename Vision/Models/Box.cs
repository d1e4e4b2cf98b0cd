namespace Weir.Vision.Models;

/// <summary>A rectangle in parts of the full picture: 0 is the left or top edge, 1 the right or bottom edge.</summary>
/// <param name="Left">The left edge, 0..1.</param>
/// <param name="Top">The top edge, 0..1.</param>
/// <param name="Right">The right edge, at least <paramref name="Left"/>.</param>
/// <param name="Bottom">The bottom edge, at least <paramref name="Top"/>.</param>
public readonly record struct Box(float Left, float Top, float Right, float Bottom)
{
    /// <summary>The part of the picture that it covers; 0 for an empty one.</summary>
    public float Area => Math.Max(0, Right - Left) * Math.Max(0, Bottom - Top);

    /// <summary>Intersection over union: 1 for the same box, 0 for boxes that do not touch.</summary>
    public float Overlap(Box other)
    {
        var common = new Box(
            Math.Max(Left, other.Left), Math.Max(Top, other.Top),
            Math.Min(Right, other.Right), Math.Min(Bottom, other.Bottom)).Area;
        return common <= 0 ? 0 : common / (Area + other.Area - common);
    }

    internal Box Clamp() =>
        new(Math.Clamp(Left, 0, 1), Math.Clamp(Top, 0, 1), Math.Clamp(Right, 0, 1), Math.Clamp(Bottom, 0, 1));
}
