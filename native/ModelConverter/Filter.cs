namespace Weir.ModelConverter;

/// <summary>
/// Reorders convolution filters: TensorFlow has [height, width, in, out], ONNX [out, in / group, height, width].
/// </summary>
internal static class Filter
{
    /// <summary>Of a convolution in which each output sees all inputs.</summary>
    public static (long[] Shape, float[] Values) Full(TfjsWeight weight)
    {
        var (height, width, inputs, outputs) = Sizes(weight);
        return ([outputs, inputs, height, width], Reorder(weight, (y, x, i, o) => ((o * inputs + i) * height + y) * width + x));
    }

    /// <summary>Of a convolution of every channel by itself: the last size counts the outputs of one channel.</summary>
    public static (long[] Shape, float[] Values) Depthwise(TfjsWeight weight)
    {
        var (height, width, inputs, multiplier) = Sizes(weight);
        var values = Reorder(weight, (y, x, i, m) => ((i * multiplier + m) * height + y) * width + x);
        return ([inputs * multiplier, 1, height, width], values);
    }

    private static float[] Reorder(TfjsWeight weight, Func<long, long, long, long, long> target)
    {
        var (height, width, inputs, outputs) = Sizes(weight);
        var values = new float[weight.Floats!.Length];
        var source = 0;
        for (var y = 0L; y < height; y++)
            for (var x = 0L; x < width; x++)
                for (var i = 0L; i < inputs; i++)
                    for (var o = 0L; o < outputs; o++)
                        values[target(y, x, i, o)] = weight.Floats[source++];
        return values;
    }

    private static (long Height, long Width, long Inputs, long Outputs) Sizes(TfjsWeight weight) =>
        weight is { Shape: [var height, var width, var inputs, var outputs], Floats: not null }
            ? (height, width, inputs, outputs)
            : throw new ConversionException(
                $"A filter must have four sizes of floats, but has [{string.Join(", ", weight.Shape)}].");
}
