using System.Numerics.Tensors;
using System.Text;

namespace Weir.Vision.Models;

/// <summary>
/// Reads a line of text by connectionist temporal classification (Graves et al., 2006): the output <c>scores</c> (0..1
/// already) or <c>logits</c> is [1, steps, 1 + characters]. At each step the best character is taken; the first place is
/// the blank, which stands between two of the same character, and repeats without one are one character. The score is
/// the mean of those of the characters taken.
/// </summary>
internal sealed class CtcTextDecoder : IDetectionDecoder
{
    private const int Blank = 0;
    private readonly IReadOnlyList<string> characters;
    private readonly bool isLogits;

    public CtcTextDecoder(ModelDescription description, TensorShapes outputs)
    {
        characters = description.Classes;
        isLogits = description.Outputs.ContainsKey("logits");
        var tensor = description.OutputOf(isLogits ? "logits" : "scores");
        outputs.Require<float>(tensor, [1, 0, 1 + characters.Count]);
        Tensors = [tensor];
    }

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        var text = new StringBuilder();
        var (sum, taken, before) = (0f, 0, Blank);
        var length = 1 + characters.Count;
        for (var rest = outputs[0].Values.AsSpan(); rest.Length >= length; rest = rest[length..])
        {
            var step = rest[..length];
            if (isLogits) TensorPrimitives.SoftMax(step, step);
            var best = TensorPrimitives.IndexOfMax(step);
            if (best != Blank && best != before)
            {
                text.Append(characters[best - 1]);
                sum += step[best];
                taken++;
            }
            before = best;
        }
        if (taken > 0 && sum / taken >= threshold)
            candidates.Add(new Candidate(0, sum / taken, new Box(0, 0, 1, 1)) { Text = text.ToString().Trim() });
    }
}
