using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>Memory of a lane in which the pictures of one run lie behind one another, in the form of the model's input. It grows to the largest run. Not thread-safe.</summary>
internal sealed class BatchBuffer(ModelInputDescription description) : IDisposable
{
    private readonly int length = description.Width * description.Height * 3;
    private readonly Dictionary<int, OrtValue> tensors = [];
    private float[] elements = [];
    private byte[] bytes = [];

    /// <summary>The first so many places as a tensor; there is memory for as many then.</summary>
    public OrtValue Tensor(int pictures)
    {
        if (tensors.TryGetValue(pictures, out var tensor)) return tensor;
        if (Math.Max(elements.Length, bytes.Length) < pictures * length) Grow(pictures * length);
        var shape = description.ShapeOf(pictures);
        // Pinned for life: the runtime reads it where it lies.
        return tensors[pictures] = description.Element == InputElement.Byte
            ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, bytes.AsMemory(0, pictures * length), shape)
            : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, elements.AsMemory(0, pictures * length), shape);
    }

    /// <summary>Puts a picture to its place.</summary>
    public void Put(int place, ReadOnlySpan<byte> pixels)
    {
        if (description.Element == InputElement.Byte) pixels.CopyTo(bytes.AsSpan(place * length, length));
        else PixelConversion.Convert(pixels, elements.AsSpan(place * length, length), description);
    }

    /// <summary>Fills a place with the picture at another one.</summary>
    public void Repeat(int from, int place)
    {
        if (description.Element == InputElement.Byte) bytes.AsSpan(from * length, length).CopyTo(bytes.AsSpan(place * length));
        else elements.AsSpan(from * length, length).CopyTo(elements.AsSpan(place * length));
    }

    public void Dispose() => Forget();

    private void Grow(int size)
    {
        Forget();
        if (description.Element == InputElement.Byte) bytes = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        else elements = GC.AllocateUninitializedArray<float>(size, pinned: true);
    }

    private void Forget()
    {
        foreach (var tensor in tensors.Values) tensor.Dispose();
        tensors.Clear();
    }
}
