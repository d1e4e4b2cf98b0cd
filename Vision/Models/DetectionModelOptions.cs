namespace Weir.Vision.Models;

/// <summary>How a model runs on this machine.</summary>
public sealed record DetectionModelOptions
{
    /// <summary>
    /// Pictures that go through the model at the same time, 1 to 64; null for one a core. Of a model that shares its
    /// lanes with others their number counts instead.
    /// </summary>
    public int? Lanes { get; init; }

    /// <summary>
    /// Threads that share the work of one picture, 1 to 64. One (the default) gives the most pictures a second over
    /// several cameras; more give a shorter time a picture.
    /// </summary>
    public int ThreadsPerLane { get; init; } = 1;

    internal void Check()
    {
        if (Lanes is < 1 or > 64) throw new ArgumentException($"Lanes must be between 1 and 64, but is {Lanes}.");
        if (ThreadsPerLane is < 1 or > 64)
            throw new ArgumentException($"ThreadsPerLane must be between 1 and 64, but is {ThreadsPerLane}.");
    }
}
