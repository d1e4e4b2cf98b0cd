using Weir.ModelConverter;
using Weir.Vision.Models;

namespace Weir.Vision.Tests.Media;

/// <summary>
/// An ONNX model that measures instead of guessing: each row of its detections has a fixed box, and as score the mean
/// of one colour, 0..1. It takes under a millisecond.
/// </summary>
internal static class TinyModel
{
    public const int Side = 64;

    /// <summary>The box of all rows, in pixels of the input.</summary>
    public static readonly float[] Box = [16, 16, 48, 48];

    public static ModelDescription Description { get; } = new()
    {
        Name = "tiny",
        Version = "1",
        File = "tiny.onnx",
        Input = new ModelInputDescription
        {
            Tensor = "pixels",
            Width = Side,
            Height = Side,
            Element = InputElement.Byte,
            Layout = InputLayout.Nhwc,
            Colour = InputColour.Rgb,
            Fit = PictureFit.Stretch,
        },
        Decoder = "centernet",
        Outputs = new Dictionary<string, string> { ["detections"] = "rows" },
        Classes = ["first", "second", "third"],
        Threshold = 0.01f,
        Licence = "none",
        Source = "tests",
    };

    public static DetectionModel Load(TestFolder folder, ModelDescription? description = null)
    {
        Write(folder, description ?? Description);
        return DetectionModel.Load(folder.Path);
    }

    /// <summary>On one lane, so that pictures which are asked for at once wait for one another.</summary>
    /// <param name="folder">Where it is written to.</param>
    /// <param name="batch">How many pictures the ONNX file takes at a time; -1 where it leaves it open.</param>
    /// <param name="description">Null for <see cref="Description"/>.</param>
    public static DetectionModel LoadBatched(TestFolder folder, int batch, ModelDescription? description = null)
    {
        Write(folder, description ?? Description, batch);
        return DetectionModel.Load(folder.Path, new DetectionModelOptions { Lanes = 1 });
    }

    /// <summary>
    /// Writes the folder; the ONNX file fits <paramref name="description"/> in type and layout, not in names and sizes.
    /// </summary>
    public static void Write(TestFolder folder, ModelDescription description, int batch = 1)
    {
        folder.Write(ModelDescription.FileName, description.ToJson());
        folder.Write(Description.File, Graph(description.Input.Element == InputElement.Byte, description.Input.Layout == InputLayout.Nhwc, batch));
    }

    private static byte[] Graph(bool bytes, bool nhwc, int batch)
    {
        var graph = new OnnxGraph("tiny");
        long[] shape = nhwc ? [batch, Side, Side, 3] : [batch, 3, Side, Side];
        graph.Input("pixels", bytes ? OnnxType.Byte : OnnxType.Single, shape);
        var values = bytes ? graph.Node("Cast", ["pixels"], ["values"], ("to", (long)OnnxType.Single)) : "pixels";
        long[] plane = nhwc ? [1, 2] : [2, 3];
        graph.Node("ReduceMean", [values], ["means"], ("axes", plane), ("keepdims", 0L));
        graph.Node("Reshape", ["means", graph.Constant("column", [3], [-1L, 3, 1])], ["mean-column"]);
        // Bytes are brought to 0..1 here, floats by the description's scale.
        graph.Node("Mul", ["mean-column", graph.Constant("scale", [], [bytes ? 1 / 255f : 1f])], ["scores"]);
        // As many rows of boxes and classes as there are pictures.
        graph.Node("Mul", ["scores", graph.Constant("nothing", [], [0f])], ["zeros"]);
        graph.Node("Add", [graph.Constant("boxes", [1, 3, 4], [.. Box, .. Box, .. Box]), "zeros"], ["all-boxes"]);
        graph.Node("Add", [graph.Constant("classes", [1, 3, 1], [0f, 1f, 2f]), "zeros"], ["all-classes"]);
        graph.Node("Concat", ["all-boxes", "scores", "all-classes"], ["rows"], ("axis", 2L));
        graph.Output("rows", OnnxType.Single, [batch, 3, 6]);
        return graph.ToModel();
    }
}
