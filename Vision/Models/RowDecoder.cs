namespace Weir.Vision.Models;

/// <summary>
/// Reads rows of finished boxes, as a CenterNet gives whose file does the heat-map search itself, or a YOLO that was
/// exported with its suppression inside: the output <c>detections</c> is [1, n, 6], each row left, top, right, bottom in
/// pixels of the input, score, class number.
/// </summary>
internal sealed class RowDecoder : IDetectionDecoder
{
    public const string Output = "detections";
    private const int RowLength = 6;
    private readonly float width;
    private readonly float height;
    private readonly int classes;

    public RowDecoder(ModelDescription description, TensorShapes outputs)
    {
        var tensor = description.OutputOf(Output);
        outputs.Require<float>(tensor, [1, 0, RowLength]);
        Tensors = [tensor];
        (width, height) = (description.Input.Width, description.Input.Height);
        classes = description.Classes.Count;
    }

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        for (var rows = outputs[0].Values.AsSpan(); rows.Length >= RowLength; rows = rows[RowLength..])
        {
            var score = rows[4];
            var index = (int)rows[5];
            if (!(score >= threshold) || index < 0 || index >= classes) continue;
            candidates.Add(new Candidate(index, score, new Box(rows[0] / width, rows[1] / height, rows[2] / width, rows[3] / height)));
        }
    }
}
