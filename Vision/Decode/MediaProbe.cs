using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Weir.Vision.Decode;

/// <summary>Asks ffprobe about a file.</summary>
internal static class MediaProbe
{
    /// <summary>How long the file's first video stream plays, or null where the file does not say or cannot be read.</summary>
    public static async Task<TimeSpan?> DurationAsync(string program, SourceUrl file, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program,
        [
            "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=duration:format=duration",
            "-of", "default=noprint_wrappers=1:nokey=1", file.Input,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            using var process = Process.Start(start);
            if (process is null) return null;
            try
            {
                var complaints = process.StandardError.ReadToEndAsync(cancellationToken);
                var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
                await complaints.ConfigureAwait(false);
                await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                return First(answer);
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The stream's duration comes first; some containers know that of the whole file only.</summary>
    private static TimeSpan? First(string answer)
    {
        foreach (var line in answer.Split('\n'))
            if (double.TryParse(line, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
                return TimeSpan.FromSeconds(seconds);
        return null;
    }
}
