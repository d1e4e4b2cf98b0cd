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

    /// <summary>
    /// Writes the folder; the ONNX file fits <paramref name="description"/> in type and layout, not in names and sizes.
    /// </summary>
    public static void Write(TestFolder folder, ModelDescription description)
    {
        folder.Write(ModelDescription.FileName, description.ToJson());
        folder.Write(Description.File, Graph(description.Input.Element == InputElement.Byte, description.Input.Layout == InputLayout.Nhwc));
    }

    private static byte[] Graph(bool bytes, bool nhwc)
    {
        var graph = new OnnxGraph("tiny");
        long[] shape = nhwc ? [1, Side, Side, 3] : [1, 3, Side, Side];
        graph.Input("pixels", bytes ? OnnxType.Byte : OnnxType.Single, shape);
        var values = bytes ? graph.Node("Cast", ["pixels"], ["values"], ("to", (long)OnnxType.Single)) : "pixels";
        long[] plane = nhwc ? [1, 2] : [2, 3];
        graph.Node("ReduceMean", [values], ["means"], ("axes", plane), ("keepdims", 0L));
        graph.Node("Reshape", ["means", graph.Constant("column", [3], [1L, 3, 1])], ["mean-column"]);
        // Bytes are brought to 0..1 here, floats by the description's scale.
        graph.Node("Mul", ["mean-column", graph.Constant("scale", [], [bytes ? 1 / 255f : 1f])], ["scores"]);
        var boxes = graph.Constant("boxes", [1, 3, 4], [.. Box, .. Box, .. Box]);
        var classes = graph.Constant("classes", [1, 3, 1], [0f, 1f, 2f]);
        graph.Node("Concat", [boxes, "scores", classes], ["rows"], ("axis", 2L));
        graph.Output("rows", OnnxType.Single, [1, 3, 6]);
        return graph.ToModel();
    }
}
