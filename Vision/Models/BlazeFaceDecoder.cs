namespace Weir.Vision.Models;

/// <summary>
/// Reads MediaPipe's BlazeFace (Bazarevsky et al., 2019, https://arxiv.org/abs/1907.05047): two grids of anchors, 16 a
/// side with 2 anchors a cell and 8 a side with 6. Each anchor gives a score before the sigmoid, and 16 numbers: the
/// offset of the face's middle from that of the cell, width and height, all in pixels of the input, and six landmarks,
/// which are not used.
/// </summary>
internal sealed class BlazeFaceDecoder : IDetectionDecoder
{
    private const int RowLength = 16;
    private static readonly (string Name, int Side, int Anchors)[] Grids = [("Fine", 16, 2), ("Coarse", 8, 6)];
    private readonly float width;
    private readonly float height;

    public BlazeFaceDecoder(ModelDescription description, TensorShapes outputs)
    {
        if (description.Classes.Count != 1)
            throw new ModelException($"model '{description.Name}': classes must list one class for the decoder blazeface, but has {description.Classes.Count}.");
        var tensors = new List<string>();
        foreach (var (name, side, anchors) in Grids)
        {
            var (scores, boxes) = (description.OutputOf("scores" + name), description.OutputOf("boxes" + name));
            outputs.Require<float>(scores, [1, side * side * anchors, 1]);
            outputs.Require<float>(boxes, [1, side * side * anchors, RowLength]);
            tensors.AddRange([scores, boxes]);
        }
        Tensors = tensors;
        (width, height) = (description.Input.Width, description.Input.Height);
    }

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        for (var grid = 0; grid < Grids.Length; grid++)
        {
            var (_, side, anchors) = Grids[grid];
            var (scores, rows) = (outputs[2 * grid].Values, outputs[2 * grid + 1].Values);
            for (var i = 0; i < scores.Length; i++)
            {
                var score = 1 / (1 + MathF.Exp(-scores[i]));
                if (!(score >= threshold)) continue;
                var row = rows.AsSpan(RowLength * i, RowLength);
                var cell = i / anchors;
                var x = (cell % side + 0.5f) / side + row[0] / width;
                var y = (cell / side + 0.5f) / side + row[1] / height;
                var (w, h) = (row[2] / width, row[3] / height);
                candidates.Add(new Candidate(0, score, new Box(x - w / 2, y - h / 2, x + w / 2, y + h / 2)));
            }
        }
    }
}
