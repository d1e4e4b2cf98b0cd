using Weir.ModelConverter;
using Weir.Vision.Models;

namespace Weir.Vision.Tests.Media;

/// <summary>An ONNX model that finds one thing in dark pictures, and throws at brighter ones: it looks for their brightness in a table that is too short.</summary>
internal static class FragileModel
{
    /// <param name="folder">Where it is written to.</param>
    /// <param name="brightest">The mean brightness, up to 255, from which on it throws.</param>
    /// <param name="batch">How many pictures the file takes at a time; -1 where it leaves it open.</param>
    /// <param name="options">How it runs.</param>
    public static DetectionModel Load(TestFolder folder, int brightest, int batch = 1, DetectionModelOptions? options = null)
    {
        var graph = new OnnxGraph("fragile");
        graph.Input("pixels", OnnxType.Byte, [batch, TinyModel.Side, TinyModel.Side, 3]);
        graph.Node("Cast", ["pixels"], ["values"], ("to", (long)OnnxType.Single));
        graph.Node("ReduceMean", ["values"], ["mean"], ("axes", new long[] { 1, 2, 3 }), ("keepdims", 0L));
        graph.Node("Cast", ["mean"], ["place"], ("to", (long)OnnxType.Int64));
        graph.Node("Gather", [graph.Constant("table", [brightest], new float[brightest]), "place"], ["nothing"], ("axis", 0L));
        graph.Node("Reshape", ["nothing", graph.Constant("column", [3], [-1L, 1, 1])], ["nothing-column"]);
        graph.Node("Add", [graph.Constant("row", [1, 1, 6], [16f, 16, 48, 48, 0.9f, 0]), "nothing-column"], ["rows"]);
        graph.Output("rows", OnnxType.Single, [batch, 1, 6]);
        folder.Write(ModelDescription.FileName, TinyModel.Description.ToJson());
        folder.Write(TinyModel.Description.File, graph.ToModel());
        return DetectionModel.Load(folder.Path, options);
    }
}
