namespace Weir.Vision.Motion;

/// <summary>What has become of a camera's view.</summary>
internal enum ViewChange
{
    None,
    Covered,
    Clear,
    Moved,
}

/// <summary>
/// Watches that a camera goes on seeing what it is there to see. It is covered (or in the dark) when the picture has next
/// to no contrast for a while, though it had; it has moved when the picture for a while is little like what it has been,
/// while it is at rest. Likeness is the correlation of brightness over a coarse grid, so that the light may change. Not
/// thread-safe.
/// </summary>
internal sealed class ViewWatch
{
    private const int Side = 16;
    private const long LookEvery = 1_000_000;

    /// <summary>Standard deviation of the grid's brightness, of 255.</summary>
    private const double NoContrast = 5;
    private const double Contrast = 10;
    private const double Unlike = 0.5;
    private const double AtRest = 0.95;
    private const int CoveredLooks = 3;
    private const int MovedLooks = 5;

    /// <summary>The part of the way that the view it is held against goes to the present one with each look.</summary>
    private const float Follow = 0.02f;

    private readonly float[] grid = new float[Side * Side];
    private readonly float[] last = new float[Side * Side];
    private float[]? known;
    private long lastLook = long.MinValue;
    private int without;
    private int unlike;
    private bool covered;

    /// <param name="thumbnail">The frame.</param>
    /// <param name="time">Its time in µs, rising.</param>
    public ViewChange Look(Thumbnail thumbnail, long time)
    {
        if (lastLook != long.MinValue && time - lastLook < LookEvery) return ViewChange.None;
        lastLook = time;
        grid.CopyTo(last, 0);
        Reduce(thumbnail);
        var contrast = Deviation(grid);
        if (known is null)
        {
            if (contrast > Contrast) known = [.. grid];
            return ViewChange.None;
        }
        if (covered)
        {
            if (contrast < Contrast) return ViewChange.None;
            (covered, without) = (false, 0);
            return ViewChange.Clear;
        }
        without = contrast < NoContrast ? without + 1 : 0;
        if (without >= CoveredLooks)
        {
            (covered, unlike) = (true, 0);
            return ViewChange.Covered;
        }
        if (without > 0) return ViewChange.None;
        if (Likeness(grid, known) >= Unlike)
        {
            unlike = 0;
            for (var i = 0; i < grid.Length; i++) known[i] += (grid[i] - known[i]) * Follow;
            return ViewChange.None;
        }
        unlike = Likeness(grid, last) >= AtRest ? unlike + 1 : 0;
        if (unlike < MovedLooks) return ViewChange.None;
        grid.CopyTo(known, 0);
        unlike = 0;
        return ViewChange.Moved;
    }

    private void Reduce(Thumbnail thumbnail)
    {
        for (var y = 0; y < Side; y++)
        {
            var (top, bottom) = (y * thumbnail.Height / Side, Math.Max(y * thumbnail.Height / Side + 1, (y + 1) * thumbnail.Height / Side));
            for (var x = 0; x < Side; x++)
            {
                var (left, right) = (x * thumbnail.Width / Side, Math.Max(x * thumbnail.Width / Side + 1, (x + 1) * thumbnail.Width / Side));
                var sum = 0;
                for (var row = top; row < bottom; row++)
                    foreach (var value in thumbnail.Grey.AsSpan(row * thumbnail.Width + left, right - left)) sum += value;
                grid[y * Side + x] = (float)sum / ((bottom - top) * (right - left));
            }
        }
    }

    private static double Deviation(float[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Length);
    }

    private static double Likeness(float[] a, float[] b)
    {
        double meanA = a.Average(), meanB = b.Average(), both = 0, ofA = 0, ofB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var (x, y) = (a[i] - meanA, b[i] - meanB);
            both += x * y;
            ofA += x * x;
            ofB += y * y;
        }
        return ofA > 0 && ofB > 0 ? both / Math.Sqrt(ofA * ofB) : 0;
    }
}
