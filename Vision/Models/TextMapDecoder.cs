namespace Weir.Vision.Models;

/// <summary>
/// Finds lines of text on a map of the probability that a pixel lies within one, by differentiable binarisation (Liao et
/// al., 2019, https://arxiv.org/abs/1911.08947): the output <c>map</c> is [1, 1, rows, columns]. Pixels above a bound that
/// touch are one line; as the network draws lines thinner than they are, boxes grow by area × 1.5 ÷ outline. Boxes stand
/// upright: text that runs at a slant has a box round all of it.
/// </summary>
internal sealed class TextMapDecoder : IDetectionDecoder
{
    /// <summary>What PP-OCR sets (det_db_thresh, det_db_unclip_ratio).</summary>
    private const float PixelBound = 0.3f;
    private const float Growth = 1.5f;
    private const int LeastSide = 3;

    public TextMapDecoder(ModelDescription description, TensorShapes outputs)
    {
        var tensor = description.OutputOf("map");
        if (outputs.Require(tensor, typeof(float)) is not [1, 1, > 0, > 0]) throw outputs.Misfit(tensor, "[1, 1, rows, columns]");
        Tensors = [tensor];
    }

    public IReadOnlyList<string> Tensors { get; }

    public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
    {
        var (map, rows, columns) = (outputs[0].Values, outputs[0].Sizes[2], outputs[0].Sizes[3]);
        var seen = new bool[map.Length];
        var open = new Stack<int>();
        for (var start = 0; start < map.Length; start++)
        {
            if (seen[start] || !(map[start] > PixelBound)) continue;
            var line = Flood(map, seen, open, start, rows, columns);
            var (width, height) = (line.Right - line.Left + 1, line.Bottom - line.Top + 1);
            var score = line.Sum / line.Pixels;
            if (!(score >= threshold) || Math.Min(width, height) < LeastSide) continue;
            var grow = width * height * Growth / (2f * (width + height));
            candidates.Add(new Candidate(0, score, new Box(
                (line.Left - grow) / columns, (line.Top - grow) / rows, (line.Right + 1 + grow) / columns, (line.Bottom + 1 + grow) / rows)));
        }
    }

    private static Line Flood(float[] map, bool[] seen, Stack<int> open, int start, int rows, int columns)
    {
        var line = new Line(columns, rows, -1, -1, 0, 0);
        seen[start] = true;
        open.Push(start);
        while (open.TryPop(out var pixel))
        {
            var (y, x) = Math.DivRem(pixel, columns);
            line = new Line(
                Math.Min(line.Left, x), Math.Min(line.Top, y), Math.Max(line.Right, x), Math.Max(line.Bottom, y),
                line.Sum + map[pixel], line.Pixels + 1);
            if (x > 0) Visit(pixel - 1);
            if (x < columns - 1) Visit(pixel + 1);
            if (y > 0) Visit(pixel - columns);
            if (y < rows - 1) Visit(pixel + columns);
        }
        return line;

        void Visit(int pixel)
        {
            if (seen[pixel] || !(map[pixel] > PixelBound)) return;
            seen[pixel] = true;
            open.Push(pixel);
        }
    }

    private readonly record struct Line(int Left, int Top, int Right, int Bottom, float Sum, int Pixels);
}
