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
    /// <summary>A difference that no jitter makes: the source has set its time anew.</summary>
    private const long Jump = 2_000_000;

    /// <summary>Clocks of cameras are off by less than this part, 500 ppm.</summary>
    private const int DriftPart = 2000;

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
        if (offset == long.MinValue || follow && Math.Abs(delay - offset) > Jump) offset = delay;
        // A frame cannot come before it was taken, so the quickest one so far tells the offset best; a later one
        // raises it only as fast as clocks drift apart.
        else if (follow) offset = Math.Min(delay, offset + Math.Clamp(media - (lastMedia ?? media), 0, Jump) / DriftPart);

        var advance = lastMedia is { } before ? Math.Clamp(media - before, 0, Jump) : 0;
        lastMedia = media;
        var time = offset + media;
        // The clock has been set back: rather than stand still until it is where it was, times go on a tenth slower.
        if (follow && time <= Last) time = Last + advance * 9 / 10;
        return Last = Math.Max(time, Last + 1);
    }
}
