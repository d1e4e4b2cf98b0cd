using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weir.Vision.Models;

/// <summary>Bytes to floats for models that do not take bytes, by <see cref="ModelInputDescription.Conversion"/>.</summary>
internal static class PixelConversion
{
    public static void Convert(ReadOnlySpan<byte> pixels, Span<float> elements, ModelInputDescription input)
    {
        if (input.Layout == InputLayout.Nchw) Planar(pixels, elements, input);
        else if (input.Mean is null && input.Deviation is null) Packed(pixels, elements, input.Scale, input.Offset);
        else PackedByColour(pixels, elements, input);
    }

    private static void PackedByColour(ReadOnlySpan<byte> pixels, Span<float> elements, ModelInputDescription input)
    {
        for (var colour = 0; colour < 3; colour++)
        {
            var (factor, summand) = input.Conversion(colour);
            for (var i = colour; i < pixels.Length; i += 3) elements[i] = pixels[i] * factor + summand;
        }
    }

    private static void Packed(ReadOnlySpan<byte> pixels, Span<float> elements, float scale, float offset)
    {
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            ref var source = ref MemoryMarshal.GetReference(pixels);
            ref var target = ref MemoryMarshal.GetReference(elements);
            var (scales, offsets) = (Vector128.Create(scale), Vector128.Create(offset));
            for (; i + 16 <= pixels.Length; i += 16)
            {
                var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)i));
                Store(low, ref target, (nuint)i);
                Store(high, ref target, (nuint)i + 8);
            }

            void Store(Vector128<ushort> eight, ref float target, nuint at)
            {
                var (first, second) = Vector128.Widen(eight);
                (Vector128.ConvertToSingle(first.AsInt32()) * scales + offsets).StoreUnsafe(ref target, at);
                (Vector128.ConvertToSingle(second.AsInt32()) * scales + offsets).StoreUnsafe(ref target, at + 4);
            }
        }
        for (; i < pixels.Length; i++) elements[i] = pixels[i] * scale + offset;
    }

    private static void Planar(ReadOnlySpan<byte> pixels, Span<float> elements, ModelInputDescription input)
    {
        var plane = pixels.Length / 3;
        for (var colour = 0; colour < 3; colour++)
            Plane(pixels, elements.Slice(colour * plane, plane), colour, input.Conversion(colour));
    }

    private static void Plane(ReadOnlySpan<byte> pixels, Span<float> target, int colour, (float Factor, float Summand) conversion)
    {
        var (factor, summand) = conversion;
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Four pixels (12 bytes) at a time: the shuffle brings the colour's bytes to the low ends of four integers.
            var (factors, summands) = (Vector128.Create(factor), Vector128.Create(summand));
            var at = (byte)colour;
            var pick = Vector128.Create(
                at, 255, 255, 255, (byte)(at + 3), 255, 255, 255, (byte)(at + 6), 255, 255, 255, (byte)(at + 9), 255, 255, 255);
            ref var source = ref MemoryMarshal.GetReference(pixels);
            ref var first = ref MemoryMarshal.GetReference(target);
            for (; 3 * i + 16 <= pixels.Length; i += 4)
            {
                var four = Vector128.LoadUnsafe(ref source, (nuint)(3 * i));
                (Vector128.ConvertToSingle(Vector128.Shuffle(four, pick).AsInt32()) * factors + summands)
                    .StoreUnsafe(ref first, (nuint)i);
            }
        }
        for (; i < target.Length; i++) target[i] = pixels[3 * i + colour] * factor + summand;
    }
}
