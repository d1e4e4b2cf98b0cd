using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>
/// Many ONNX files leave sizes of their outputs open. A run on black pictures of the input's size tells them, and shows
/// that the file runs at all.
/// </summary>
internal static class ModelTrial
{
    /// <param name="session">The file in memory.</param>
    /// <param name="description">Says what goes in.</param>
    /// <param name="pictures">How many at a time.</param>
    /// <exception cref="ModelException">The file does not run on as many pictures of the input's size.</exception>
    public static IReadOnlyDictionary<string, TensorShape> Outputs(InferenceSession session, ModelDescription description, int pictures)
    {
        var shapes = session.OutputMetadata.ToDictionary(
            output => output.Key, output => TensorShape.Of(output.Value), StringComparer.Ordinal);
        if (shapes.Values.All(shape => shape.IsFixed)) return shapes;

        using var black = new BatchBuffer(description.Input);
        var tensor = black.Tensor(pictures);
        var picture = new byte[description.Input.Width * description.Input.Height * 3];
        for (var place = 0; place < pictures; place++) black.Put(place, picture);
        using var options = new RunOptions();
        try
        {
            string[] names = [.. shapes.Keys];
            using var outputs = session.Run(options, [description.Input.Tensor], [tensor], names);
            for (var i = 0; i < names.Length; i++)
            {
                if (!shapes[names[i]].IsTensor) continue;
                var found = outputs[i].GetTensorTypeAndShape().Shape;
                shapes[names[i]] = shapes[names[i]] with { Sizes = [.. found.Select(size => (int)size)], WasOpen = !shapes[names[i]].IsFixed };
            }
            return shapes;
        }
        catch (OnnxRuntimeException error)
        {
            throw new ModelException(
                $"model '{description.Name}': the ONNX file does not run on a picture of {description.Input.Width}x{description.Input.Height}: {error.Message}", error);
        }
    }
}
