namespace Weir.Vision.Pipeline;

/// <summary>A time of which a camera has no frames.</summary>
/// <param name="From">Time of the last frame before it, in µs since 1970 UTC.</param>
/// <param name="To">Time of the first frame after it.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record FrameGap(long From, long To, string Reason);
