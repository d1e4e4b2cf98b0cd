namespace Weir.Vision.Models;

/// <summary>
/// Reads an SSD (or another detector) that does its search and suppression itself and gives three tables of the same
/// length: <c>boxes</c> [.., n, 4] in the form that <see cref="ModelDescription.Boxes"/> says, <c>scores</c> [.., n] and
/// <c>classes</c> [.., n] as class numbers from <see cref="ModelDescription.FirstClass"/> on.
/// </summary>
internal sealed class SsdDecoder : IDetectionDecoder
{
    private readonly float width;
    private readonly float height;
    private readonly BoxForm form;
    private readonly int firstClass;
    private readonly int classes;

    public SsdDecoder(ModelDescription description, TensorShapes outputs)
    {
        Tensors = [description.OutputOf("boxes"), description.OutputOf("scores"), description.OutputOf("classes")];
        if (outputs.Require(Tensors[0], TensorData.Numbers) is not [.., 4]) throw outputs.Misfit(Tensors[0], "[any, 4] or [1, any, 4]");
        foreach (var table in Tensors.Skip(1))
            if (outputs.Require(table, TensorData.Numbers) is not ([_] or [1, _] or [1, _, 1])) throw outputs.Misfit(table, "[any] or [1, any]");
        (form, firstClass, classes) = (description.Boxes, description.FirstClass, description.Classes.Count);
        (width, height) = (description.Input.Width, description.Input.Height);
    }

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        var (boxes, scores, numbers) = (outputs[0].Values, outputs[1].Values, outputs[2].Values);
        var count = Math.Min(boxes.Length / 4, Math.Min(scores.Length, numbers.Length));
        for (var i = 0; i < count; i++)
        {
            var index = (int)MathF.Round(numbers[i]) - firstClass;
            if (scores[i] >= threshold && index >= 0 && index < classes)
                candidates.Add(new Candidate(index, scores[i], BoxOf(boxes.AsSpan(4 * i, 4))));
        }
    }

    private Box BoxOf(ReadOnlySpan<float> row) => form switch
    {
        BoxForm.Relative => new Box(row[0], row[1], row[2], row[3]),
        BoxForm.RelativeTopFirst => new Box(row[1], row[0], row[3], row[2]),
        _ => new Box(row[0] / width, row[1] / height, row[2] / width, row[3] / height),
    };
}
