using System.Numerics.Tensors;

namespace Weir.Vision.Models;

/// <summary>
/// Reads a model that gives a vector for a picture, near to those of other pictures of the same thing: the output
/// <c>vector</c> is [1, n]. It comes out with length 1, so that the product of two is their likeness.
/// </summary>
internal sealed class EmbeddingDecoder : IDetectionDecoder
{
    public EmbeddingDecoder(ModelDescription description, TensorShapes outputs)
    {
        var tensor = description.OutputOf("vector");
        outputs.Require<float>(tensor, [1, 0]);
        Tensors = [tensor];
    }

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        var values = outputs[0].Values;
        var length = TensorPrimitives.Norm<float>(values);
        if (!(length > 0)) return;
        var vector = new float[values.Length];
        TensorPrimitives.Divide(values, length, vector);
        candidates.Add(new Candidate(0, 1, new Box(0, 0, 1, 1)) { Vector = vector });
    }
}
