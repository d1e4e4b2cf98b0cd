using System.Globalization;

namespace Weir.Vision.Tests.Media;

/// <summary>The video of pedestrians in Debian's package opencv-doc: 768x576, ten frames a second, 79.5 s.</summary>
internal static class Pedestrians
{
    public static readonly string Video =
        Environment.GetEnvironmentVariable("WEIR_TEST_VIDEO") ?? "/usr/share/doc/opencv-doc/examples/data/vtest.avi";

    public static void Require() => Assert.SkipUnless(
        Path.GetFileName(Video) == "vtest.avi" && File.Exists(Video), "vtest.avi is not here; ./test.sh fetches it where apt-get can.");

    /// <summary>The frame at a time, scaled as the detector wants it.</summary>
    public static byte[] PixelsAt(double seconds, int width, int height) => Ffmpeg.Run(
        "-ss", seconds.ToString(CultureInfo.InvariantCulture), "-i", Video, "-frames:v", "1",
        "-vf", $"scale={width}:{height}:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24", "-");

    /// <summary>Frames from a time on, without loss, as a file of their own.</summary>
    public static string Clip(string path, double seconds, int frames)
    {
        Ffmpeg.Run("-ss", seconds.ToString(CultureInfo.InvariantCulture), "-i", Video, "-frames:v", frames.ToString(CultureInfo.InvariantCulture), "-c:v", "ffv1", path);
        return path;
    }
}
