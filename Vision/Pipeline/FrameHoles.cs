namespace Weir.Vision.Pipeline;

/// <summary>
/// Notices frames that are missing between two of one run, as where video comes damaged or is lost on the way: the
/// source's own time has gone on for much longer than from frame to frame as a rule, and the frame is not early.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// How long it is since the frame before tells nothing: a decoder gives that one out only when it sees what follows, so
/// both sides of a hole may come at once. What tells is the delay from the frame's own time to its coming. A source that
/// sets its time ahead gives frames much sooner than any before; after a stall of the network they are late, and none is
/// missing.
/// </remarks>
internal sealed class FrameHoles(TimeProvider time)
{
    /// <summary>No hole is shorter, in µs.</summary>
    private const double Least = 1_000_000;
    private const int TimesAsLong = 5;

    /// <summary>So many steps tell how long one is as a rule.</summary>
    private const int Needed = 5;

    private readonly long started = time.GetTimestamp();
    private long lastMedia;
    private long quickest;
    private double usual;
    private int steps = -1;

    /// <summary>Takes the next frame; answers how long there was none, in µs of the source's time, or null where none is missing.</summary>
    /// <param name="media">The frame's own time stamp in µs.</param>
    public long? Before(long media)
    {
        var delay = (long)time.GetElapsedTime(started).TotalMicroseconds - media;
        var step = media - lastMedia;
        lastMedia = media;
        if (++steps == 0)
        {
            quickest = delay;
            return null;
        }
        var most = Math.Max(Least, TimesAsLong * usual);
        var isHole = steps > Needed && step > most && delay > quickest - step / 2d;
        quickest = step < 0 ? delay : QuickestDelay.With(quickest, delay, step);
        usual += ((steps > Needed ? Math.Clamp(step, 0, most) : step) - usual) / Math.Min(steps, 2 * Needed);
        return isHole ? step : null;
    }
}
