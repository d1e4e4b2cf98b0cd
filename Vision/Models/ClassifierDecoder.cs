using System.Numerics.Tensors;

namespace Weir.Vision.Models;

/// <summary>
/// Reads a classifier: the output <c>scores</c> [1, classes] is 0..1 already, <c>logits</c> are brought there by a
/// softmax. The best class comes out, with the whole picture as its box.
/// </summary>
internal sealed class ClassifierDecoder : IDetectionDecoder
{
    private static readonly Box Whole = new(0, 0, 1, 1);
    private readonly bool isLogits;

    public ClassifierDecoder(ModelDescription description, TensorShapes outputs)
    {
        isLogits = description.Outputs.ContainsKey("logits");
        var tensor = description.OutputOf(isLogits ? "logits" : "scores");
        outputs.Require<float>(tensor, [1, description.Classes.Count]);
        Tensors = [tensor];
    }

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        var values = outputs[0].Values.AsSpan();
        if (isLogits) TensorPrimitives.SoftMax(values, values);
        var best = TensorPrimitives.IndexOfMax(values);
        if (values[best] >= threshold) candidates.Add(new Candidate(best, values[best], Whole));
    }
}
