using Weir.ModelConverter;
using Weir.Vision.Models;

namespace Weir.Vision.Tests.Media;

/// <summary>
/// An ONNX model that gives out the tables it was made with, whatever it is shown or by its brightness: what a decoder
/// makes of them can be said to the digit.
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
        folder.Write(description.File, Graph(1, tables));
        return DetectionModel.Load(folder.Path);
    }

    /// <summary>Writes the folder with a file for several pictures at a time and loads it on one lane.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="batch">How many pictures at a time; -1 where the file leaves it open.</param>
    /// <param name="description">Says what is read.</param>
    /// <param name="tables">The outputs for one picture.</param>
    public static DetectionModel LoadBatched(TestFolder folder, int batch, ModelDescription description, params ReadOnlySpan<FixedTable> tables)
    {
        folder.Write(ModelDescription.FileName, description.ToJson());
        folder.Write(description.File, Graph(batch, tables));
        return DetectionModel.Load(folder.Path, new DetectionModelOptions { Lanes = 1 });
    }

    /// <summary>As <see cref="LoadBatched"/>, but with outputs that come once, whatever number of pictures there is.</summary>
    public static DetectionModel LoadMixed(TestFolder folder, int batch, ModelDescription description, params ReadOnlySpan<FixedTable> tables)
    {
        folder.Write(ModelDescription.FileName, description.ToJson());
        folder.Write(description.File, Graph(batch, tables, once: true));
        return DetectionModel.Load(folder.Path);
    }

    /// <summary>What the model finds.</summary>
    public static async Task<IReadOnlyList<Detection>> DetectAsync(DetectionModel model)
    {
        using var input = model.CreateInput();
        return (await model.DetectAsync(input, new PictureSize(Side, Side), null, TestContext.Current.CancellationToken)).Detections;
    }

    private static byte[] Graph(int batch, ReadOnlySpan<FixedTable> tables, bool once = false)
    {
        var graph = new OnnxGraph("fixed");
        graph.Input("pixels", OnnxType.Byte, [batch, Side, Side, 3]);
        graph.Node("Cast", ["pixels"], ["values"], ("to", (long)OnnxType.Single));
        // One number a picture, 0..1: how bright it is.
        graph.Node("ReduceMean", ["values"], ["mean"], ("axes", once ? [0L, 1, 2, 3] : new long[] { 1, 2, 3 }), ("keepdims", 0L));
        graph.Node("Mul", ["mean", graph.Constant("white", [], [1 / 255f])], ["brightness"]);
        foreach (var table in tables)
        {
            long[] shape = batch == 1 || once ? table.Shape : [batch, .. table.Shape[1..]];
            long[] column = [-1, .. Enumerable.Repeat(1L, Math.Max(0, table.Shape.Length - 1))];
            graph.Node("Reshape", ["brightness", graph.Constant($"column-{column.Length}", [column.Length], column)], [table.Tensor + "-brightness"]);
            graph.Node("Mul", [graph.Constant(table.Tensor + "-slope", table.Shape, table.Slope ?? new float[table.Values.Length]), table.Tensor + "-brightness"], [table.Tensor + "-change"]);
            var sum = table.AsIntegers ? table.Tensor + "-float" : table.Tensor;
            graph.Node("Add", [graph.Constant(table.Tensor + "-table", table.Shape, table.Values), table.Tensor + "-change"], [sum]);
            if (table.AsIntegers) graph.Node("Cast", [sum], [table.Tensor], ("to", (long)OnnxType.Int64));
            graph.Output(table.Tensor, table.AsIntegers ? OnnxType.Int64 : OnnxType.Single, table.Open ? [.. shape.Select((_, i) => -1L - i)] : shape);
        }
        return graph.ToModel();
    }
}

/// <summary>An output: its tensor, shape and values.</summary>
internal sealed record FixedTable(string Tensor, long[] Shape, float[] Values)
{
    /// <summary>Whether the file leaves all sizes open, as many exports do.</summary>
    public bool Open { get; init; }

    /// <summary>How much each value is greater for a white picture than for a black one; null for nothing.</summary>
    public float[]? Slope { get; init; }

    /// <summary>Whether its elements are 64-bit integers.</summary>
    public bool AsIntegers { get; init; }
}
