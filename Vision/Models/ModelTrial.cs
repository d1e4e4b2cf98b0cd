using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>
/// Many ONNX files leave sizes of their outputs open. A run on a black picture of the input's size tells them, and shows
/// that the file runs at all.
/// </summary>
internal static class ModelTrial
{
    /// <exception cref="ModelException">The file does not run on a picture of the input's size.</exception>
    public static IReadOnlyDictionary<string, TensorShape> Outputs(InferenceSession session, ModelDescription description)
    {
        var shapes = session.OutputMetadata.ToDictionary(
            output => output.Key, output => TensorShape.Of(output.Value), StringComparer.Ordinal);
        if (shapes.Values.All(shape => shape.IsFixed)) return shapes;

        using var input = new ModelInput(description.Input);
        var elements = new float[description.Input.Element == InputElement.Float ? input.Pixels.Length : 0];
        using var tensor = elements.Length > 0 ? OrtValue.CreateTensorValueFromMemory(elements, description.Input.Shape) : null;
        using var options = new RunOptions();
        try
        {
            string[] names = [.. shapes.Keys];
            using var outputs = session.Run(options, [description.Input.Tensor], [tensor ?? input.Tensor!], names);
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
