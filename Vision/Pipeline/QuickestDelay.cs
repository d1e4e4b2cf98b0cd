namespace Weir.Vision.Pipeline;

/// <summary>
/// The delay from a source's own time to the coming of what bears it. Nothing comes before it was taken, so the quickest one
/// so far tells the delay best; later ones raise it only as fast as clocks drift apart.
/// </summary>
internal static class QuickestDelay
{
    /// <summary>A difference that no jitter makes, in µs: the clock, or the source's time, has been set anew.</summary>
    public const long Jump = 2_000_000;

    /// <summary>Clocks of cameras are off by less than this part, 500 ppm.</summary>
    private const int DriftPart = 2000;

    /// <summary>The quickest delay with one more.</summary>
    /// <param name="quickest">The quickest one so far, in µs.</param>
    /// <param name="delay">The new one.</param>
    /// <param name="advance">How far the source's time has gone on since the one before, in µs; counts from 0 to <see cref="Jump"/>.</param>
    public static long With(long quickest, long delay, long advance) => Math.Min(delay, quickest + Math.Clamp(advance, 0, Jump) / DriftPart);
}
