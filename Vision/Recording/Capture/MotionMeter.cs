namespace Weir.Vision.Recording.Capture;

/// <summary>
/// Tells motion from the video as it is, without decoding it: pictures between keyframes carry what has changed, so they
/// are small while nothing moves. What is usual is learned from the quietest fragments. It cannot tell where something
/// moves, and sees little where a camera is set to a constant bit rate.
/// </summary>
internal sealed class MotionMeter
{
    /// <summary>How much larger than usual the pictures must be.</summary>
    private const double Factor = 1.5;

    /// <summary>Nothing is learned from fewer fragments than this.</summary>
    private const int Least = 5;

    /// <summary>What is usual goes up by this part of the difference with each fragment, so that the night and the day have each their own.</summary>
    private const double Rise = 0.002;

    private double usual = double.NaN;
    private int seen;

    /// <param name="bytes">Bytes of the pictures between keyframes.</param>
    /// <param name="pictures">How many they are.</param>
    /// <returns>Whether something moves.</returns>
    public bool Look(long bytes, int pictures)
    {
        if (pictures == 0) return false;
        var mean = (double)bytes / pictures;
        usual = double.IsNaN(usual) || mean < usual ? mean : usual + (mean - usual) * Rise;
        return ++seen > Least && mean > usual * Factor;
    }
}
