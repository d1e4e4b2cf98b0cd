using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Weir.Vision.Models;

/// <summary>What a run gave in one tensor: its values row by row, whatever number type the file has, and its sizes.</summary>
internal readonly record struct TensorData(float[] Values, int[] Sizes)
{
    /// <summary>The types that <see cref="Copy"/> reads.</summary>
    public static readonly Type[] Numbers = [typeof(float), typeof(long), typeof(int)];

    public static TensorData Copy(OrtValue tensor)
    {
        var information = tensor.GetTensorTypeAndShape();
        int[] sizes = [.. information.Shape.Select(size => (int)size)];
        var values = information.ElementDataType switch
        {
            TensorElementType.Int64 => Array.ConvertAll(tensor.GetTensorDataAsSpan<long>().ToArray(), value => (float)value),
            TensorElementType.Int32 => Array.ConvertAll(tensor.GetTensorDataAsSpan<int>().ToArray(), value => (float)value),
            _ => tensor.GetTensorDataAsSpan<float>().ToArray(),
        };
        return new TensorData(values, sizes);
    }
}
