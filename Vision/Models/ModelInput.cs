using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>
/// The pixels of one picture at a model's input size: three bytes a pixel in the model's order of colours, row by row.
/// It is made once and filled again for each frame; while a detection runs on it, it belongs to the model.
/// </summary>
public sealed class ModelInput : IDisposable
{
    private readonly byte[] pixels;

    internal ModelInput(ModelInputDescription description)
    {
        Description = description;
        // Pinned for life: the runtime reads it where it lies.
        pixels = GC.AllocateArray<byte>(description.Width * description.Height * 3, pinned: true);
        if (description.Element == InputElement.Byte) Tensor = OrtValue.CreateTensorValueFromMemory(pixels, description.ShapeOf(1));
    }

    /// <summary>The form of the input that it was made for.</summary>
    public ModelInputDescription Description { get; }

    /// <summary>The pixels.</summary>
    public Memory<byte> Pixels => pixels;

    /// <summary>The pixels as a tensor, for a model that takes bytes.</summary>
    internal OrtValue? Tensor { get; }

    /// <inheritdoc/>
    public void Dispose() => Tensor?.Dispose();
}
