using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Weir.Vision.Models;

/// <summary>What a run gave in one tensor: its values row by row, whatever number type the file has, and its sizes.</summary>
internal readonly record struct TensorData(float[] Values, int[] Sizes)
{
    /// <summary>The types that <see cref="Copy"/> reads.</summary>
    public static readonly Type[] Numbers = [typeof(float), typeof(long), typeof(int)];

    /// <summary>One picture's part of what a run gave for several: as a run of that picture alone would have given it.</summary>
    /// <param name="tensor">What the run gave.</param>
    /// <param name="picture">The place of the picture.</param>
    /// <param name="pictures">How many there were.</param>
    public static TensorData Copy(OrtValue tensor, int picture, int pictures)
    {
        var information = tensor.GetTensorTypeAndShape();
        int[] sizes = [.. information.Shape.Select(size => (int)size)];
        if (pictures > 1)
        {
            if (sizes is not [var first, ..] || first != pictures)
                throw new ModelException($"The model gave a tensor of [{string.Join(", ", sizes)}] for {pictures} pictures.");
            sizes[0] = 1;
        }
        var values = information.ElementDataType switch
        {
            TensorElementType.Int64 => Array.ConvertAll(Part(tensor.GetTensorDataAsSpan<long>()).ToArray(), value => (float)value),
            TensorElementType.Int32 => Array.ConvertAll(Part(tensor.GetTensorDataAsSpan<int>()).ToArray(), value => (float)value),
            _ => Part(tensor.GetTensorDataAsSpan<float>()).ToArray(),
        };
        return new TensorData(values, sizes);

        ReadOnlySpan<T> Part<T>(ReadOnlySpan<T> all) => all.Slice(all.Length / pictures * picture, all.Length / pictures);
    }
}
