using System.Diagnostics;

namespace Weir.Tests;

/// <summary>Runs ffmpeg for a test: to make media, and to look at results with a second pair of eyes.</summary>
internal static class Ffmpeg
{
    /// <summary>Runs it to its end, which must be a good one; answers what it has written to stdout.</summary>
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
}
