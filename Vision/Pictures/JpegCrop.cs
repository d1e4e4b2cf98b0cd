using System.Buffers.Binary;
using Weir.Vision.Models;

namespace Weir.Vision.Pictures;

/// <summary>
/// Cuts objects out of JPEG pictures without decoding them: the coded blocks of the part are taken over as they are
/// (as <c>jpegtran -crop</c> does), so that nothing is lost of what they show. Takes what the pipeline's encoder makes:
/// baseline pictures with one scan and no restart markers (ITU-T T.81).
/// </summary>
public static class JpegCrop
{
    /// <summary>How much is left round an object on each side, as a part of its size.</summary>
    private const float Margin = 0.15f;

    /// <summary>An object with a little of what is round it, as JPEG.</summary>
    /// <param name="jpeg">The whole picture.</param>
    /// <param name="box">Where the object is on it. The part begins up to a block, 16 pixels, before that.</param>
    /// <returns>The part; empty where the picture is damaged or of another kind.</returns>
    public static ReadOnlyMemory<byte> Cut(ReadOnlyMemory<byte> jpeg, Box box)
    {
        try
        {
            var file = JpegFile.Parse(jpeg.Span);
            return file is null ? default : Cut(jpeg.Span, file, BlocksOf(file, box));
        }
        catch (InvalidDataException)
        {
            return default;
        }
    }

    /// <summary>The part in pixels, its beginning moved to that of a group of blocks.</summary>
    private static (int Left, int Top, int Right, int Bottom) BlocksOf(JpegFile file, Box box)
    {
        var (x, y) = ((box.Right - box.Left) * Margin, (box.Bottom - box.Top) * Margin);
        var part = new Box(box.Left - x, box.Top - y, box.Right + x, box.Bottom + y).Clamp();
        var (left, right) = Edges(part.Left, part.Right, file.Width, file.GroupWidth);
        var (top, bottom) = Edges(part.Top, part.Bottom, file.Height, file.GroupHeight);
        return (left, top, right, bottom);

        static (int From, int To) Edges(float from, float to, int size, int group)
        {
            var first = Math.Clamp((int)(from * size), 0, size - 1) / group * group;
            return (first, Math.Clamp((int)MathF.Ceiling(to * size), first + 1, size));
        }
    }

    private static byte[] Cut(ReadOnlySpan<byte> jpeg, JpegFile file, (int Left, int Top, int Right, int Bottom) part)
    {
        var output = new JpegBitWriter(jpeg.Length / 4);
        output.Raw(jpeg[..file.ScanStart]);
        BinaryPrimitives.WriteUInt16BigEndian(output.Written[file.SizeAt..], (ushort)(part.Bottom - part.Top));
        BinaryPrimitives.WriteUInt16BigEndian(output.Written[(file.SizeAt + 2)..], (ushort)(part.Right - part.Left));
        CopyBlocks(new JpegBitReader(jpeg[file.ScanStart..]), output, file, part);
        output.Finish();
        output.Raw([0xFF, 0xD9]);
        return output.Written.ToArray();
    }

    private static void CopyBlocks(JpegBitReader input, JpegBitWriter output, JpegFile file, (int Left, int Top, int Right, int Bottom) part)
    {
        var columns = (file.Width + file.GroupWidth - 1) / file.GroupWidth;
        var rows = (part.Bottom + file.GroupHeight - 1) / file.GroupHeight;
        // What a block is lighter than the one before of its component is coded, so that it has to be told anew in the part.
        Span<int> lightness = stackalloc int[file.Components.Count];
        Span<int> told = stackalloc int[file.Components.Count];
        for (var group = 0; group < columns * rows; group++)
        {
            var (x, y) = (group % columns * file.GroupWidth, group / columns * file.GroupHeight);
            var isWanted = x >= part.Left && x < part.Right && y >= part.Top;
            for (var c = 0; c < file.Components.Count; c++)
            {
                var component = file.Components[c];
                for (var block = 0; block < component.Blocks; block++)
                {
                    lightness[c] += input.Difference(component.Lightness);
                    if (isWanted)
                    {
                        output.Difference(component.Lightness, lightness[c] - told[c]);
                        told[c] = lightness[c];
                    }
                    CopyDetail(ref input, isWanted ? output : null, component.Detail);
                }
            }
        }
    }

    /// <summary>The other 63 coefficients of a block: runs of zeros, each with the value after it (T.81, F.1.2.2).</summary>
    private static void CopyDetail(ref JpegBitReader input, JpegBitWriter? output, HuffmanTable table)
    {
        const int sixteenZeros = 0xF0;
        for (var at = 1; at < 64;)
        {
            var symbol = input.Symbol(table);
            var bits = symbol & 15;
            var value = input.Bits(bits);
            output?.Symbol(table, symbol);
            output?.Bits(value, bits);
            if (bits == 0 && symbol != sixteenZeros) break;
            at += (symbol >> 4) + 1;
        }
    }
}
