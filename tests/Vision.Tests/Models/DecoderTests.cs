using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

/// <summary>Each decoder on a small ONNX file that gives out known tables. The input is 64 pixels wide and high.</summary>
public sealed class DecoderTests : IDisposable
{
    private static readonly string[] Two = ["smoke", "fire"];
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Yolo_v5_rows_have_a_score_of_the_thing_times_one_of_the_class(bool open)
    {
        using var model = FixedModel.Load(folder, FixedModel.Describe("yolo", Two, ("predictions", "output0")),
            new FixedTable("output0", [1, 3, 7], [32, 32, 16, 32, 0.9f, 0.2f, 0.8f, 8, 8, 8, 8, 0.9f, 0.5f, 0.1f, 8, 8, 8, 8, 0.1f, 1, 1]) { Open = open });

        var found = Assert.Single(await FixedModel.DetectAsync(model));

        Assert.Equal(("fire", 0.72f), (found.Class, MathF.Round(found.Score, 4)));
        Assert.Equal(new Box(0.375f, 0.25f, 0.625f, 0.75f), found.Box);
    }

    [Fact]
    public async Task Yolo_v8_columns_have_the_scores_of_the_classes_alone()
    {
        // Four boxes, column by column: the second has the better class, the third is too weak, the fourth covers the first.
        float[] table = [16, 48, 8, 17, 16, 48, 8, 16, 16, 16, 8, 16, 16, 8, 8, 16, 0.8f, 0.55f, 0.4f, 0.7f, 0.1f, 0.9f, 0.3f, 0.2f];
        using var model = FixedModel.Load(folder, FixedModel.Describe("yolo", Two, ("predictions", "output0")), new FixedTable("output0", [1, 6, 4], table));

        var found = await FixedModel.DetectAsync(model);

        Assert.Equal([("fire", 0.9f), ("smoke", 0.8f)], found.Select(thing => (thing.Class, thing.Score)));
        Assert.Equal(new Box(0.625f, 0.6875f, 0.875f, 0.8125f), found[0].Box);
        Assert.Equal(new Box(0.125f, 0.125f, 0.375f, 0.375f), found[1].Box);
    }

    [Fact]
    public async Task Yolo_v10_rows_are_finished_boxes()
    {
        using var model = FixedModel.Load(folder, FixedModel.Describe("yolo", ["fall"], ("detections", "output0")),
            new FixedTable("output0", [1, 2, 6], [16, 8, 48, 32, 0.75f, 0, 0, 0, 64, 64, 0.9f, 3]));

        var found = Assert.Single(await FixedModel.DetectAsync(model));

        Assert.Equal(("fall", 0.75f, new Box(0.25f, 0.125f, 0.75f, 0.5f)), (found.Class, found.Score, found.Box));
    }

    [Fact]
    public void A_Yolo_of_another_number_of_classes_is_refused_with_both_forms()
    {
        var error = Assert.Throws<ModelException>(() => FixedModel.Load(folder, FixedModel.Describe("yolo", Two, ("predictions", "output0")),
            new FixedTable("output0", [1, 84, 5], new float[420])));

        Assert.Equal("model 'fixed': output tensor 'output0' must have the shape [1, any, 7] or [1, 6, any], as there are 2 classes, but the ONNX file says [1, 84, 5].", error.Message);
    }

    [Theory]
    [InlineData(BoxForm.Pixels, 16, 8, 48, 32)]
    [InlineData(BoxForm.Relative, 0.25, 0.125, 0.75, 0.5)]
    [InlineData(BoxForm.RelativeTopFirst, 0.125, 0.25, 0.5, 0.75)]
    public async Task Ssd_tables_are_read_in_the_form_that_the_description_says(BoxForm form, float a, float b, float c, float d)
    {
        var description = FixedModel.Describe("ssd", Two, ("boxes", "b"), ("scores", "s"), ("classes", "c")) with { Boxes = form, FirstClass = 1 };
        using var model = FixedModel.Load(folder, description,
            new FixedTable("b", [3, 4], [a, b, c, d, 0, 0, 0, 0, a, b, c, d]) { Open = true },
            new FixedTable("s", [3], [0.8f, 0.9f, 0.4f]) { Open = true },
            new FixedTable("c", [3], [2, 0, 1]) { Open = true, AsIntegers = true });

        var found = Assert.Single(await FixedModel.DetectAsync(model));

        Assert.Equal(("fire", 0.8f, new Box(0.25f, 0.125f, 0.75f, 0.5f)), (found.Class, found.Score, found.Box));
    }

    [Fact]
    public async Task BlazeFace_boxes_are_measured_from_their_cell()
    {
        var (scores, boxes) = (Enumerable.Repeat(-10f, 512).ToArray(), new float[512 * 16]);
        // The second anchor of the cell in column 4, row 2 of the fine grid; its middle lies at (4.5, 2.5) / 16.
        var anchor = (2 * 16 + 4) * 2 + 1;
        scores[anchor] = 2;
        float[] row = [-2, 4, 16, 32];
        row.CopyTo(boxes, anchor * 16);
        using var model = FixedModel.Load(folder, FixedModel.Describe("blazeface", ["face"], ("scoresFine", "a"), ("boxesFine", "b"), ("scoresCoarse", "c"), ("boxesCoarse", "d")),
            new FixedTable("a", [1, 512, 1], scores), new FixedTable("b", [1, 512, 16], boxes),
            new FixedTable("c", [1, 384, 1], Enumerable.Repeat(-10f, 384).ToArray()), new FixedTable("d", [1, 384, 16], new float[384 * 16]));

        var found = Assert.Single(await FixedModel.DetectAsync(model));

        Assert.Equal(1 / (1 + MathF.Exp(-2)), found.Score, 4);
        Assert.Equal([0.125f, -0f, 0.375f, 0.46875f], [found.Box.Left, found.Box.Top, found.Box.Right, found.Box.Bottom], (x, y) => MathF.Abs(x - y) < 1e-5f);
    }

    [Theory]
    [InlineData("scores", 0.2f, 0.7f, 0.7f)]
    [InlineData("logits", 1f, 3f, 0.8808f)]
    public async Task A_classifier_tells_the_best_class_of_the_whole_picture(string output, float first, float second, float score)
    {
        using var model = FixedModel.Load(folder, FixedModel.Describe("classifier", ["no helmet", "helmet"], (output, "y")), new FixedTable("y", [1, 2], [first, second]));

        var found = Assert.Single(await FixedModel.DetectAsync(model));

        Assert.Equal(("helmet", new Box(0, 0, 1, 1)), (found.Class, found.Box));
        Assert.Equal(score, found.Score, 3);
    }

    [Fact]
    public async Task Text_is_read_without_blanks_and_repeats()
    {
        // Steps: A A blank A B B, over the places blank, A, B.
        float[] steps = [0.1f, 0.9f, 0, 0.2f, 0.8f, 0, 1, 0, 0, 0.3f, 0.7f, 0, 0, 0.2f, 0.8f, 0, 0.1f, 0.9f];
        using var model = FixedModel.Load(folder, FixedModel.Describe("ctc-text", ["A", "B"], ("scores", "y")), new FixedTable("y", [1, 6, 3], steps));

        var found = Assert.Single(await FixedModel.DetectAsync(model));

        Assert.Equal("AAB", found.Text);
        Assert.Equal((0.9f + 0.7f + 0.8f) / 3, found.Score, 4);
    }

    [Fact]
    public async Task Nothing_is_read_where_all_is_blank()
    {
        using var model = FixedModel.Load(folder, FixedModel.Describe("ctc-text", ["A"], ("scores", "y")), new FixedTable("y", [1, 2, 2], [1, 0, 1, 0]));

        Assert.Empty(await FixedModel.DetectAsync(model));
    }

    [Fact]
    public async Task An_embedding_has_length_one()
    {
        using var model = FixedModel.Load(folder, FixedModel.Describe("embedding", ["person"], ("vector", "y")), new FixedTable("y", [1, 2], [3, 4]));

        Assert.Equal([0.6f, 0.8f], Assert.Single(await FixedModel.DetectAsync(model)).Vector!);
    }

    [Fact]
    public async Task Lines_of_text_are_the_places_that_touch_and_they_grow()
    {
        // On a map of 16x16: a line of 8x2 at (4, 4), and a single bright spot.
        var map = new float[256];
        for (var y = 4; y < 8; y++) for (var x = 4; x < 12; x++) map[y * 16 + x] = 0.9f;
        map[15 * 16 + 15] = 0.9f;
        using var model = FixedModel.Load(folder, FixedModel.Describe("text-map", ["text"], ("map", "y")), new FixedTable("y", [1, 1, 16, 16], map));

        var found = Assert.Single(await FixedModel.DetectAsync(model));

        // 8 x 4 grows by 32 * 1.5 / 24 = 2 on each side.
        Assert.Equal(new Box(2 / 16f, 2 / 16f, 14 / 16f, 10 / 16f), found.Box);
        Assert.Equal(0.9f, found.Score, 4);
    }

    [Theory]
    [InlineData("ssd", "boxes")]
    [InlineData("blazeface", "scoresFine")]
    [InlineData("classifier", "scores")]
    [InlineData("ctc-text", "scores")]
    [InlineData("embedding", "vector")]
    [InlineData("text-map", "map")]
    [InlineData("yolo", "predictions")]
    public void An_output_that_the_description_does_not_name_is_asked_for(string decoder, string output)
    {
        var error = Assert.Throws<ModelException>(() => FixedModel.Load(folder, FixedModel.Describe(decoder, ["one"], ("other", "y")), new FixedTable("y", [1, 2], [3, 4])));

        Assert.Equal($"model 'fixed': outputs must name the tensor of '{output}' for the decoder {decoder}.", error.Message);
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        var error = Assert.Throws<ModelException>(() => FixedModel.Load(folder, FixedModel.Describe("classifier", Two, ("scores", "y")), new FixedTable("y", [1, 3], [1, 2, 3])));

        Assert.Equal("model 'fixed': output tensor 'y' must have the shape [1, 2], but the ONNX file says [1, 3].", error.Message);
    }
}
