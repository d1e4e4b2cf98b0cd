using System.Globalization;

namespace Weir.EndToEnd.Tests;

/// <summary>A rectangle in parts of a picture.</summary>
internal readonly record struct Area(double Left, double Top, double Right, double Bottom)
{
    /// <summary>Reads four numbers with spaces between.</summary>
    public static Area Parse(string text)
    {
        var edges = text.Split(' ').Select(edge => double.Parse(edge, CultureInfo.InvariantCulture)).ToArray();
        return new Area(edges[0], edges[1], edges[2], edges[3]);
    }

    /// <summary>Intersection over union.</summary>
    public double Overlap(Area other)
    {
        var width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left);
        var height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
        if (width <= 0 || height <= 0) return 0;
        var common = width * height;
        return common / (Size + other.Size - common);
    }

    private double Size => (Right - Left) * (Bottom - Top);
}
