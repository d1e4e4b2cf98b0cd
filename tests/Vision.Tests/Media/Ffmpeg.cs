using System.Diagnostics;
using System.Globalization;

namespace Weir.Vision.Tests.Media;

/// <summary>Runs ffmpeg for a test: to make media, and to look at results with a second pair of eyes.</summary>
internal static class Ffmpeg
{
    public static byte[] Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var complaints = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, complaints.GetAwaiter().GetResult());
        return output.ToArray();
    }

    /// <summary>A grey clip of 64x48 at ten frames a second, without loss: frame n has the brightness 16 + 12 n.</summary>
    public static string GreyRamp(string path, int frames)
    {
        Run("-f", "lavfi", "-i", "color=black:s=64x48:r=10,format=gray,geq=lum='16+12*N'", "-frames:v", frames.ToString(CultureInfo.InvariantCulture), "-c:v", "ffv1", path);
        return path;
    }

    /// <summary>The brightness of frame n of <see cref="GreyRamp"/>.</summary>
    public static int Brightness(long frame) => 16 + 12 * (int)frame;

    /// <summary>The mean brightness of a JPEG, by ffmpeg.</summary>
    public static double MeanOf(ReadOnlyMemory<byte> jpeg, TestFolder folder)
    {
        var path = folder.Write("picture.jpg", jpeg.ToArray());
        return Run("-i", path, "-vf", "format=gray", "-f", "rawvideo", "-").Average(value => (double)value);
    }
}
