using System.Globalization;

namespace Weir.Vision.Tests.Media;

/// <summary>A grey clip of 64x48 at ten frames a second, without loss: frame n has the brightness 16 + 12 n.</summary>
internal static class GreyRamp
{
    /// <summary>Makes it; answers its path.</summary>
    public static string Make(string path, int frames)
    {
        Ffmpeg.Run("-f", "lavfi", "-i", "color=black:s=64x48:r=10,format=gray,geq=lum='16+12*N'", "-frames:v", frames.ToString(CultureInfo.InvariantCulture), "-c:v", "ffv1", path);
        return path;
    }

    /// <summary>The brightness of frame n.</summary>
    public static int Brightness(long frame) => 16 + 12 * (int)frame;

    /// <summary>The mean brightness of a JPEG, by ffmpeg.</summary>
    public static double MeanOf(ReadOnlyMemory<byte> jpeg, TestFolder folder)
    {
        var path = folder.Write("picture.jpg", jpeg.ToArray());
        return Ffmpeg.Run("-i", path, "-vf", "format=gray", "-f", "rawvideo", "-").Average(value => (double)value);
    }
}
