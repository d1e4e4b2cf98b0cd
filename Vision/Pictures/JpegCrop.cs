using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Weir.Vision.Models;

namespace Weir.Vision.Pictures;

/// <summary>Cuts objects out of pictures, with ffmpeg.</summary>
public static class JpegCrop
{
    /// <summary>How much is left round an object on each side, as a part of its size.</summary>
    private const float Margin = 0.15f;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>An object with a little of what is round it, as JPEG.</summary>
    /// <param name="program">ffmpeg: a name on the path, or a path.</param>
    /// <param name="jpeg">The whole picture.</param>
    /// <param name="box">Where the object is on it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The part; empty where it could not be cut out.</returns>
    public static async Task<ReadOnlyMemory<byte>> CutAsync(string program, ReadOnlyMemory<byte> jpeg, Box box, CancellationToken cancellationToken)
    {
        var (x, y) = ((box.Right - box.Left) * Margin, (box.Bottom - box.Top) * Margin);
        var part = new Box(box.Left - x, box.Top - y, box.Right + x, box.Bottom + y).Clamp();
        var filter = string.Create(CultureInfo.InvariantCulture,
            $"crop='max(8,iw*{part.Right - part.Left:0.####})':'max(8,ih*{part.Bottom - part.Top:0.####})':'iw*{part.Left:0.####}':'ih*{part.Top:0.####}'");
        var start = new ProcessStartInfo(program,
        [
            "-v", "error", "-threads", "1", "-f", "mjpeg", "-i", "pipe:0", "-vf", filter, "-frames:v", "1",
            "-threads", "1", "-q:v", "3", "-f", "mjpeg", "pipe:1",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var process = Process.Start(start);
            if (process is null) return default;
            try
            {
                using var cut = new MemoryStream();
                var complaints = process.StandardError.ReadToEndAsync(patience.Token);
                var reading = process.StandardOutput.BaseStream.CopyToAsync(cut, patience.Token);
                await process.StandardInput.BaseStream.WriteAsync(jpeg, patience.Token).ConfigureAwait(false);
                process.StandardInput.Close();
                await reading.ConfigureAwait(false);
                await complaints.ConfigureAwait(false);
                await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? cut.ToArray() : default;
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        catch (Exception error) when (error is Win32Exception or IOException || error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return default;
        }
    }
}
