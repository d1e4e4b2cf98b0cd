namespace Weir.Vision.Models;

/// <summary>One thing that a model has found on a picture.</summary>
/// <param name="Class">What it is, by the model's list of classes.</param>
/// <param name="ClassIndex">Its place in that list.</param>
/// <param name="Score">How sure the model is, 0..1.</param>
/// <param name="Box">Where it is on the full picture; all of it for a model that looks at pictures as a whole.</param>
public readonly record struct Detection(string Class, int ClassIndex, float Score, Box Box)
{
    /// <summary>What was read, of a model that reads text; else null.</summary>
    public string? Text { get; init; }

    /// <summary>A vector of length 1 that is near that of pictures of the same thing, of a model that gives such; else null.</summary>
    public IReadOnlyList<float>? Vector { get; init; }
}
