namespace Weir.Vision.Models;

/// <summary>Reads what a kind of model gives out. One instance serves all lanes, so it keeps nothing between calls.</summary>
internal interface IDetectionDecoder
{
    /// <summary>The output tensors that it reads, in the order in which <see cref="Decode"/> gets them.</summary>
    IReadOnlyList<string> Tensors { get; }

    /// <summary>Adds what scores at least <paramref name="threshold"/>; boxes are in parts of the input.</summary>
    void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates);
}

/// <summary>A box as the model gives it, before those of one thing are thinned to one.</summary>
internal readonly record struct Candidate(int ClassIndex, float Score, Box Box)
{
    public string? Text { get; init; }

    public IReadOnlyList<float>? Vector { get; init; }
}
