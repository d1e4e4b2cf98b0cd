namespace Weir.Vision.Pipeline;

/// <summary>
/// Gives frames their time: the clock's time at one moment plus what the source's own time stamps have advanced since,
/// so that the network's jitter does not show. One instance serves one run of the decoder.
/// </summary>
/// <param name="follow">
/// Whether the source's time runs with the clock. A file that is read as fast as possible does not.
/// </param>
/// <param name="last">The last time given by the run before; times rise across runs.</param>
internal sealed class FrameClock(bool follow, long last)
{
    private long offset = long.MinValue;
    private long? lastMedia;

    /// <summary>The last time given.</summary>
    public long Last { get; private set; } = last;

    /// <summary>The time of a frame.</summary>
    /// <param name="media">The frame's own time stamp in µs.</param>
    /// <param name="arrival">When it came, UTC in µs.</param>
    public long TimeOf(long media, long arrival)
    {
        var delay = arrival - media;
        var advance = lastMedia is { } before ? Math.Clamp(media - before, 0, QuickestDelay.Jump) : 0;
        if (offset == long.MinValue || follow && Math.Abs(delay - offset) > QuickestDelay.Jump) offset = delay;
        else if (follow) offset = QuickestDelay.With(offset, delay, advance);
        lastMedia = media;
        var time = offset + media;
        // The clock has been set back: rather than stand still until it is where it was, times go on a tenth slower.
        if (follow && time <= Last) time = Last + advance * 9 / 10;
        return Last = Math.Max(time, Last + 1);
    }
}
