using System.Numerics;
using System.Runtime.InteropServices;

namespace Weir.Vision.Motion;

/// <summary>
/// A frame as a small grey picture, each place the mean of a block of the model's pixels: what motion and the camera's
/// view are judged by. Made once and filled again for each frame. Not thread-safe.
/// </summary>
internal sealed class Thumbnail
{
    private const int LargestSide = 128;

    /// <summary>Of a higher block the first rows are enough, and their sums fit an unsigned short for certain.</summary>
    private const int MostRows = 16;

    private readonly int sourceWidth;
    private readonly int block;
    private readonly ushort[] sums;

    /// <param name="sourceWidth">Columns of the pixels that it is made from.</param>
    /// <param name="sourceHeight">Rows of them.</param>
    public Thumbnail(int sourceWidth, int sourceHeight)
    {
        this.sourceWidth = sourceWidth;
        block = Math.Max(1, (Math.Max(sourceWidth, sourceHeight) + LargestSide - 1) / LargestSide);
        (Width, Height) = (sourceWidth / block, sourceHeight / block);
        sums = new ushort[sourceWidth * 3];
        Grey = new short[Width * Height];
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The brightness of each place, 0 to 255, row by row.</summary>
    public short[] Grey { get; }

    /// <summary>Fills it from three bytes a pixel, row by row.</summary>
    public void Fill(ReadOnlySpan<byte> pixels)
    {
        var rows = Math.Min(block, MostRows);
        var count = rows * block * 3;
        for (var y = 0; y < Height; y++)
        {
            Array.Clear(sums);
            for (var row = 0; row < rows; row++) AddRow(pixels.Slice((y * block + row) * sourceWidth * 3, sourceWidth * 3));
            var line = Grey.AsSpan(y * Width, Width);
            for (var x = 0; x < line.Length; x++)
            {
                var sum = 0;
                foreach (var value in sums.AsSpan(x * block * 3, block * 3)) sum += value;
                line[x] = (short)(sum / count);
            }
        }
    }

    private void AddRow(ReadOnlySpan<byte> row)
    {
        var bytes = MemoryMarshal.Cast<byte, Vector<byte>>(row);
        var totals = MemoryMarshal.Cast<ushort, Vector<ushort>>(sums.AsSpan());
        for (var i = 0; i < bytes.Length; i++)
        {
            Vector.Widen(bytes[i], out var low, out var high);
            totals[2 * i] += low;
            totals[2 * i + 1] += high;
        }
        for (var i = bytes.Length * Vector<byte>.Count; i < row.Length; i++) sums[i] += row[i];
    }
}
