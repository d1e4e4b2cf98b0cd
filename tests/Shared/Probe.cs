using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Weir.Tests;

/// <summary>What ffprobe says of the video in a file.</summary>
internal sealed record Probe(int Width, int Height, int Frames, double Start, double Duration)
{
    /// <summary>Decodes all of it; ffprobe finds no fault, or the test fails.</summary>
    public static Probe Of(string file)
    {
        using var process = Process.Start(new ProcessStartInfo("ffprobe",
            ["-v", "warning", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames,start_time:format=duration", "-of", "json", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var complaints = process.StandardError.ReadToEndAsync();
        var answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal("", complaints.GetAwaiter().GetResult());
        using var json = JsonDocument.Parse(answer);
        var stream = json.RootElement.GetProperty("streams")[0];
        return new Probe(
            stream.GetProperty("width").GetInt32(), stream.GetProperty("height").GetInt32(),
            int.Parse(stream.GetProperty("nb_read_frames").GetString()!, CultureInfo.InvariantCulture), Seconds(stream.GetProperty("start_time")),
            Seconds(json.RootElement.GetProperty("format").GetProperty("duration")));

        static double Seconds(JsonElement text) => double.Parse(text.GetString()!, CultureInfo.InvariantCulture);
    }
}
