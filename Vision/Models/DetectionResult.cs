namespace Weir.Vision.Models;

/// <summary>What a model has found on one picture.</summary>
/// <param name="Detections">The detections, best first.</param>
/// <param name="Duration">The time in the model, without waiting for a lane; of pictures that went through together, the time of all.</param>
/// <param name="Model">The version of the model that looked.</param>
public sealed record DetectionResult(IReadOnlyList<Detection> Detections, TimeSpan Duration, ModelDescription Model)
{
    /// <summary>How many pictures went through the model in the same run, this one included.</summary>
    public int Together { get; init; } = 1;
}
