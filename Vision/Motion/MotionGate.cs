namespace Weir.Vision.Motion;

/// <summary>What the gate says of a frame.</summary>
/// <param name="Area">The part of the picture that has changed, 0..1.</param>
/// <param name="IsOpen">Whether the model is to look.</param>
internal readonly record struct Motion(double Area, bool IsOpen);

/// <summary>
/// Lets the model rest while nothing moves: it looks at frames with motion, for a while after, and now and then between.
/// Not thread-safe.
/// </summary>
internal sealed class MotionGate(MotionOptions options, short[] watched)
{
    /// <summary>When most of the picture has changed at once, the light or the view has: that is taken as the new background.</summary>
    private const double Everything = 0.6;

    private readonly Background background = new(watched);
    private readonly int places = Math.Max(1, watched.Count(place => place != 0));
    private long openUntil = long.MinValue;
    private long lastLook = long.MinValue;

    /// <param name="grey">The thumbnail of the frame.</param>
    /// <param name="time">Its time in µs, rising.</param>
    public Motion Look(ReadOnlySpan<short> grey, long time)
    {
        var area = (double)background.Changed(grey, options.LeastChange) / places;
        if (area > Everything) background.Begin(grey);
        if (area >= options.LeastArea) openUntil = time + (long)options.HoldFor.TotalMicroseconds;
        var isOpen = time <= openUntil || lastLook == long.MinValue || time - lastLook >= (long)options.LookEvery.TotalMicroseconds;
        if (isOpen) lastLook = time;
        return new Motion(area, isOpen);
    }
}
