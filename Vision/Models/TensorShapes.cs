using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>What a tensor of an ONNX file holds.</summary>
/// <param name="Element">The type of its elements; null where it is no tensor.</param>
/// <param name="Sizes">Its sizes; -1 for one that the file leaves open.</param>
internal sealed record TensorShape(Type? Element, int[] Sizes)
{
    /// <summary>Whether a run may give other sizes than <see cref="Sizes"/>, which a trial has told.</summary>
    public bool WasOpen { get; init; }

    /// <summary>How many times <see cref="Sizes"/> a run gives, one behind the other, as the file takes that many pictures at a time.</summary>
    public int Pictures { get; init; } = 1;

    public bool IsTensor => Element is not null;

    public bool IsFixed => IsTensor && Sizes.All(size => size >= 0);

    public static TensorShape Of(NodeMetadata tensor) =>
        tensor.IsTensor ? new TensorShape(tensor.ElementType, tensor.Dimensions) : new TensorShape(null, []);
}

/// <summary>The inputs or outputs of an ONNX file, with errors that name the tensor that does not fit.</summary>
internal sealed class TensorShapes(string model, string kind, IReadOnlyDictionary<string, TensorShape> tensors)
{
    /// <summary>
    /// The tensor of that name, which must hold elements of the type <typeparamref name="T"/> in the given shape (0
    /// stands for any size). What the file leaves open fits.
    /// </summary>
    /// <returns>Its shape.</returns>
    public int[] Require<T>(string tensor, ReadOnlySpan<long> shape)
    {
        var sizes = Require(tensor, typeof(T));
        var fits = sizes.Length == shape.Length;
        for (var i = 0; fits && i < shape.Length; i++) fits = shape[i] == 0 || sizes[i] == -1 || sizes[i] == shape[i];
        return fits ? sizes : throw Misfit(tensor, Text(shape, 0));
    }

    /// <summary>The tensor of that name with its own shape; it must hold elements of one of these types.</summary>
    public int[] Require(string tensor, params ReadOnlySpan<Type> elements)
    {
        if (!tensors.TryGetValue(tensor, out var found))
            throw new ModelException(
                $"model '{model}': the ONNX file has no {kind} tensor '{tensor}'; "
                + $"it has {string.Join(", ", tensors.Keys.Select(name => $"'{name}'"))}.");
        if (found.Element is null || !elements.Contains(found.Element))
            throw new ModelException(
                $"model '{model}': {kind} tensor '{tensor}' must hold {elements[0].Name} elements, "
                + $"but holds {found.Element?.Name ?? "no tensor"}.");
        return found.Sizes;
    }

    /// <summary>The error for a tensor whose shape is none of those allowed, which <paramref name="allowed"/> tells.</summary>
    public ModelException Misfit(string tensor, string allowed) => new(
        $"model '{model}': {kind} tensor '{tensor}' must have the shape {allowed}, "
        + $"but the ONNX file says {Text(tensors[tensor].Sizes)}{(tensors[tensor].Pictures > 1 ? $" for each of {tensors[tensor].Pictures} pictures" : "")}.");

    /// <summary>Sizes as they are written in sentences; -1 is any.</summary>
    public static string Text(int[] sizes) => Text([.. sizes.Select(size => (long)size)], -1);

    private static string Text(ReadOnlySpan<long> shape, long any)
    {
        var sizes = new string[shape.Length];
        for (var i = 0; i < shape.Length; i++)
            sizes[i] = shape[i] == any ? "any" : shape[i].ToString(CultureInfo.InvariantCulture);
        return $"[{string.Join(", ", sizes)}]";
    }
}
