namespace Weir.Vision.Models;

/// <summary>How a model runs on this machine.</summary>
public sealed record DetectionModelOptions
{
    /// <summary>
    /// Runs that are under way at the same time, 1 to 64; null for as many as there are cores for, with
    /// <see cref="ThreadsPerLane"/> each. Of a model that shares its lanes with others their number counts instead.
    /// </summary>
    public int? Lanes { get; init; }

    /// <summary>
    /// Threads that share the work of one run, 1 to 64. One (the default) gives the most pictures a second over several
    /// cameras; more give a shorter time a picture while cores are free.
    /// </summary>
    public int ThreadsPerLane { get; init; } = 1;

    /// <summary>
    /// The most pictures that go through a model at a time, 1 to 64, where the ONNX file leaves it open and its
    /// <c>model.json</c> says nothing; null has it found by measuring.
    /// </summary>
    public int? Batch { get; init; }

    /// <summary><see cref="Lanes"/>, or what the machine's cores are enough for.</summary>
    internal int LaneCount => Lanes ?? Math.Clamp(Environment.ProcessorCount / ThreadsPerLane, 1, 64);

    /// <summary>What is out of its range and what is allowed, as a sentence; null where all is well.</summary>
    public string? Fault => this switch
    {
        { Lanes: < 1 or > 64 } => $"Lanes must be between 1 and 64, but is {Lanes}.",
        { ThreadsPerLane: < 1 or > 64 } => $"ThreadsPerLane must be between 1 and 64, but is {ThreadsPerLane}.",
        { Batch: < 1 or > BatchTuning.MostPictures } => $"Batch must be between 1 and {BatchTuning.MostPictures}, but is {Batch}.",
        _ => null,
    };

    internal void Check()
    {
        if (Fault is { } fault) throw new ArgumentException(fault);
    }
}
