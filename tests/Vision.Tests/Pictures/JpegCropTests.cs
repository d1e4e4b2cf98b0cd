using Weir.Vision.Models;
using Weir.Vision.Pictures;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Pictures;

/// <summary>Parts of pictures, held against what ffmpeg cuts out of the same picture.</summary>
public sealed class JpegCropTests : IDisposable
{
    private const int Width = 642;
    private const int Height = 362;
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("default", "yuvj420p", 16, 16)]
    [InlineData("optimal", "yuvj420p", 16, 16)]
    [InlineData("default", "yuvj422p", 16, 16)]
    [InlineData("default", "yuvj444p", 8, 16)]
    public void A_part_has_the_very_pixels_of_the_picture_and_an_edge_round_the_object(string tables, string format, int groupWidth, int groupHeight)
    {
        var jpeg = Picture(tables, format);
        foreach (var box in new Box[] { new(0.3f, 0.4f, 0.5f, 0.9f), new(0, 0, 1, 1), new(0.9f, 0.85f, 1, 1), new(0.5f, 0.5f, 0.5f, 0.5f), new(0, 0.7f, 0.02f, 0.75f) })
        {
            var part = JpegCrop.Cut(jpeg, box);

            folder.Write("part.jpg", part.ToArray());
            var size = SizeOf(part.Span);
            var (x, y) = ((box.Right - box.Left) * 0.15f, (box.Bottom - box.Top) * 0.15f);
            var (left, right) = (Math.Clamp(box.Left - x, 0, 1) * Width, Math.Clamp(box.Right + x, 0, 1) * Width);
            var (top, bottom) = (Math.Clamp(box.Top - y, 0, 1) * Height, Math.Clamp(box.Bottom + y, 0, 1) * Height);
            var (atX, atY) = ((int)Math.Min(left, Width - 1) / groupWidth * groupWidth, (int)Math.Min(top, Height - 1) / groupHeight * groupHeight);
            Assert.InRange(atX + size.Width, right, right + 1.001);
            Assert.InRange(atY + size.Height, bottom, bottom + 1.001);
            var expected = Ffmpeg.Run("-i", folder.Write("whole.jpg", jpeg), "-vf", $"crop={size.Width}:{size.Height}:{atX}:{atY}:exact=1", "-f", "rawvideo", "-pix_fmt", format, "-");
            Assert.Equal(expected, Ffmpeg.Run("-i", folder["part.jpg"], "-f", "rawvideo", "-pix_fmt", format, "-"));
        }
    }

    [Fact]
    public void What_is_damaged_or_of_another_kind_gives_no_part()
    {
        var jpeg = Picture("default", "yuvj420p");
        var box = new Box(0.2f, 0.6f, 0.6f, 0.9f);
        Assert.False(JpegCrop.Cut(jpeg, box).IsEmpty);

        Assert.True(JpegCrop.Cut("no picture"u8.ToArray(), box).IsEmpty);
        Assert.True(JpegCrop.Cut(jpeg.AsMemory(0, jpeg.Length / 2), box).IsEmpty);
        // Cut off or garbled anywhere: a part or none, and never an error.
        var random = new Random(20261127);
        for (var round = 0; round < 2_000; round++)
        {
            var broken = jpeg.ToArray();
            for (var i = 0; i < 3; i++) broken[random.Next(round < 1_000 ? 700 : broken.Length)] = (byte)random.Next(256);
            JpegCrop.Cut(broken.AsMemory(0, round % 3 == 0 ? random.Next(broken.Length) : broken.Length), box);
        }
    }

    /// <summary>What stands behind the marker of a baseline picture: length, bits, rows, columns.</summary>
    private static PictureSize SizeOf(ReadOnlySpan<byte> jpeg)
    {
        var frame = jpeg[jpeg.IndexOf([(byte)0xFF, (byte)0xC0])..];
        return new PictureSize(frame[7] << 8 | frame[8], frame[5] << 8 | frame[6]);
    }

    private static byte[] Picture(string tables, string format) => Ffmpeg.Run(
        "-f", "lavfi", "-i", $"testsrc2=s={Width}x{Height}:r=1", "-frames:v", "1", "-pix_fmt", format, "-c:v", "mjpeg", "-threads", "1",
        "-huffman", tables, "-q:v", "5", "-f", "mjpeg", "-");
}
