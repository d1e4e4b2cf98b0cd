namespace Weir.Vision.Models;

/// <summary>
/// Reads the predictions of a YOLO as Ultralytics and others export it; scores are 0..1 already. Two forms, told apart by
/// the shape: v5 to v7 give [1, n, 5 + classes], a row a box: middle x and y, width and height in pixels of the input,
/// the score that there is a thing, and one a class, which are multiplied. v8, v9 and v11 give [1, 4 + classes, n], a
/// column a box, without the score of a thing. v10, and others that were exported with their suppression inside, name
/// their output <c>detections</c> and are read by <see cref="RowDecoder"/>.
/// </summary>
internal sealed class YoloDecoder : IDetectionDecoder
{
    private readonly float width;
    private readonly float height;
    private readonly int classes;
    private readonly bool byRow;

    private YoloDecoder(ModelDescription description, TensorShapes outputs)
    {
        var tensor = description.OutputOf("predictions");
        var sizes = outputs.Require(tensor, typeof(float));
        classes = description.Classes.Count;
        var rows = sizes is [1, _, var row] && row == 5 + classes;
        var columns = sizes is [1, var column, _] && column == 4 + classes;
        if (rows == columns) throw outputs.Misfit(tensor, $"[1, any, {5 + classes}] or [1, {4 + classes}, any], as there are {classes} classes");
        byRow = rows;
        Tensors = [tensor];
        (width, height) = (description.Input.Width, description.Input.Height);
    }

    public static IDetectionDecoder Create(ModelDescription description, TensorShapes outputs) =>
        description.Outputs.ContainsKey(RowDecoder.Output)
            ? new RowDecoder(description, outputs)
            : new YoloDecoder(description, outputs);

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        if (byRow) Rows(outputs[0].Values, threshold, candidates);
        else Columns(outputs[0].Values, outputs[0].Sizes[2], threshold, candidates);
    }

    private void Rows(ReadOnlySpan<float> values, float threshold, List<Candidate> candidates)
    {
        var length = 5 + classes;
        for (; values.Length >= length; values = values[length..])
        {
            var thing = values[4];
            if (!(thing >= threshold)) continue;
            var best = Best(values.Slice(5, classes));
            var score = thing * values[5 + best];
            if (score >= threshold) Add(best, score, values[0], values[1], values[2], values[3], candidates);
        }
    }

    /// <summary>Goes through the table class by class, as its values lie in memory.</summary>
    private void Columns(ReadOnlySpan<float> values, int boxes, float threshold, List<Candidate> candidates)
    {
        for (var index = 0; index < classes; index++)
        {
            var scores = values.Slice((4 + index) * boxes, boxes);
            for (var box = 0; box < boxes; box++)
            {
                var score = scores[box];
                if (!(score >= threshold) || !IsBest(values, boxes, box, index)) continue;
                Add(index, score, values[box], values[boxes + box], values[2 * boxes + box], values[3 * boxes + box], candidates);
            }
        }
    }

    private bool IsBest(ReadOnlySpan<float> values, int boxes, int box, int index)
    {
        var score = values[(4 + index) * boxes + box];
        for (var other = 0; other < classes; other++)
        {
            var rival = values[(4 + other) * boxes + box];
            if (rival > score || rival == score && other < index) return false;
        }
        return true;
    }

    private void Add(int index, float score, float x, float y, float w, float h, List<Candidate> candidates) =>
        candidates.Add(new Candidate(index, score, new Box(
            (x - w / 2) / width, (y - h / 2) / height, (x + w / 2) / width, (y + h / 2) / height)));

    private static int Best(ReadOnlySpan<float> scores) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores);
}
