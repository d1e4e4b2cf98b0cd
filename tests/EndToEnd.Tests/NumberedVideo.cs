namespace Weir.EndToEnd.Tests;

/// <summary>
/// The street video as H.264, every picture with its number burnt in: ten squares at the upper edge, white for a 1, the
/// lowest bit first. Ten pictures a second, a keyframe each second.
/// </summary>
internal static class NumberedVideo
{
    public const int Rate = 10;
    public const int Bits = 10;
    public const int Square = 32;

    /// <summary>Makes it once for all tests.</summary>
    public static string Make()
    {
        var path = Path.Combine(Parts.Output("videos"), "numbered.mp4");
        if (File.Exists(path)) return path;
        var squares = string.Join(',', Enumerable.Range(0, Bits).SelectMany(bit => new[]
        {
            $"drawbox=x={bit * Square}:y=0:w={Square}:h={Square}:color=black:t=fill",
            $"drawbox=x={bit * Square}:y=0:w={Square}:h={Square}:color=white:t=fill:enable='mod(floor(n/{1 << bit}),2)'",
        }));
        var part = path + $".{Environment.ProcessId}.mp4";
        Ffmpeg.Run("-i", Parts.Video, "-vf", $"fps={Rate},{squares}", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "10", "-crf", "26", "-pix_fmt", "yuv420p", "-an", part);
        File.Move(part, path, overwrite: true);
        return path;
    }

    /// <summary>The number that is burnt into a JPEG.</summary>
    public static int NumberOf(byte[] jpeg)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, jpeg);
            var grey = Ffmpeg.Run("-f", "mjpeg", "-i", path, "-vf", $"crop={Bits * Square}:{Square}:0:0,format=gray", "-f", "rawvideo", "-");
            return Enumerable.Range(0, Bits).Sum(bit => grey[Square / 2 * Bits * Square + bit * Square + Square / 2] > 128 ? 1 << bit : 0);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
