using Weir.ModelConverter;
using Weir.Vision.Models;

namespace Weir.Vision.Tests.Media;

/// <summary>
/// An ONNX model that gives out the tables it was made with, whatever it is shown: what a decoder makes of them can be
/// said to the digit.
/// </summary>
internal static class FixedModel
{
    public const int Side = 64;

    public static ModelDescription Describe(string decoder, IReadOnlyList<string> classes, params ReadOnlySpan<(string Name, string Tensor)> outputs)
    {
        var names = new Dictionary<string, string>();
        foreach (var (name, tensor) in outputs) names[name] = tensor;
        return TinyModel.Description with { Name = "fixed", File = "fixed.onnx", Decoder = decoder, Classes = classes, Outputs = names, Threshold = 0.5f };
    }

    /// <summary>Writes the folder and loads it.</summary>
    public static DetectionModel Load(TestFolder folder, ModelDescription description, params ReadOnlySpan<FixedTable> tables)
    {
        folder.Write(ModelDescription.FileName, description.ToJson());
        folder.Write(description.File, Graph(tables));
        return DetectionModel.Load(folder.Path);
    }

    /// <summary>What the model finds.</summary>
    public static async Task<IReadOnlyList<Detection>> DetectAsync(DetectionModel model)
    {
        using var input = model.CreateInput();
        return (await model.DetectAsync(input, new PictureSize(Side, Side), null, TestContext.Current.CancellationToken)).Detections;
    }

    private static byte[] Graph(ReadOnlySpan<FixedTable> tables)
    {
        var graph = new OnnxGraph("fixed");
        graph.Input("pixels", OnnxType.Byte, [1, Side, Side, 3]);
        graph.Node("Cast", ["pixels"], ["values"], ("to", (long)OnnxType.Single));
        graph.Node("ReduceMean", ["values"], ["mean"], ("axes", new long[] { 0, 1, 2, 3 }), ("keepdims", 0L));
        graph.Node("Mul", ["mean", graph.Constant("nothing", [], [0f])], ["zero"]);
        foreach (var table in tables)
        {
            var sum = table.AsIntegers ? table.Tensor + "-float" : table.Tensor;
            graph.Node("Add", [graph.Constant(table.Tensor + "-table", table.Shape, table.Values), "zero"], [sum]);
            if (table.AsIntegers) graph.Node("Cast", [sum], [table.Tensor], ("to", (long)OnnxType.Int64));
            graph.Output(table.Tensor, table.AsIntegers ? OnnxType.Int64 : OnnxType.Single, table.Open ? [.. table.Shape.Select((_, i) => -1L - i)] : table.Shape);
        }
        return graph.ToModel();
    }
}

/// <summary>An output: its tensor, shape and values.</summary>
internal sealed record FixedTable(string Tensor, long[] Shape, float[] Values)
{
    /// <summary>Whether the file leaves all sizes open, as many exports do.</summary>
    public bool Open { get; init; }

    /// <summary>Whether its elements are 64-bit integers.</summary>
    public bool AsIntegers { get; init; }
}
