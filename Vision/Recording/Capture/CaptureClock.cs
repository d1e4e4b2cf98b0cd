using Weir.Vision.Pipeline;

namespace Weir.Vision.Recording.Capture;

/// <summary>
/// Gives fragments of a live source their time: the clock's time at one moment plus what media time has advanced since.
/// ffmpeg hands a fragment out when the first picture of the next one has come, so it comes at its own end. One instance
/// serves one run of ffmpeg.
/// </summary>
internal sealed class CaptureClock
{
    private long offset = long.MinValue;
    private long lastEnd;

    /// <summary>
    /// Times rise, whatever the clock does. A fragment that would begin before the one before has ended is told shorter, by
    /// half at most, so that what follows is told rightly again.
    /// </summary>
    public static (long Begin, long Duration) After(long notBefore, long begin, long duration)
    {
        if (begin >= notBefore) return (begin, duration);
        return (notBefore, Math.Max((duration + 1) / 2, begin + duration - notBefore));
    }

    /// <summary>When the first picture of a fragment was taken, in µs since 1970 UTC.</summary>
    /// <param name="start">Media time of its first picture, in µs.</param>
    /// <param name="duration">How long it lasts, in µs.</param>
    /// <param name="arrival">When it came.</param>
    public long TimeOf(long start, long duration, long arrival)
    {
        var end = start + duration;
        var delay = arrival - end;
        if (offset == long.MinValue || Math.Abs(delay - offset) > QuickestDelay.Jump) offset = delay;
        else offset = QuickestDelay.With(offset, delay, end - lastEnd);
        lastEnd = end;
        return offset + start;
    }
}
