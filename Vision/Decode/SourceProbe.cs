using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Weir.Vision.Pipeline;

namespace Weir.Vision.Decode;

/// <summary>What a source gives.</summary>
/// <param name="Codec">The codec of its video, as ffmpeg names it: <c>h264</c>.</param>
/// <param name="Width">Columns of its pictures.</param>
/// <param name="Height">Rows of its pictures.</param>
/// <param name="FramesPerSecond">Its frame rate, where it tells one.</param>
/// <param name="Jpeg">A picture.</param>
public sealed record SourceFindings(string Codec, int Width, int Height, double? FramesPerSecond, ReadOnlyMemory<byte> Jpeg);

/// <summary>Looks at a source once, before it becomes a camera's.</summary>
public static class SourceProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Asks a source for its codec, size and rate, and for a picture.</summary>
    /// <param name="url">The source.</param>
    /// <param name="transport">How RTSP carries the video.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">It is no source, or gives nothing; the message says why, without what is secret.</exception>
    public static async Task<SourceFindings> LookAsync(string url, RtspTransport transport, CancellationToken cancellationToken)
    {
        var source = SourceUrl.Parse(url, out var fault) ?? throw new ArgumentException(fault);
        var input = Input(source, transport);
        var told = await RunAsync("ffprobe", source,
            ["-v", "error", .. input, "-select_streams", "v:0", "-show_entries", "stream=codec_name,width,height,avg_frame_rate,r_frame_rate", "-of", "json"],
            cancellationToken).ConfigureAwait(false);
        var jpeg = await RunAsync("ffmpeg", source,
            ["-v", "error", "-nostdin", .. input, "-an", "-frames:v", "1", "-vf", "scale='min(640,iw)':-2", "-q:v", "5", "-f", "mjpeg", "pipe:1"],
            cancellationToken).ConfigureAwait(false);
        return Read(told, source, jpeg);
    }

    private static List<string> Input(SourceUrl source, RtspTransport transport)
    {
        List<string> arguments = source.Kind switch
        {
            SourceKind.Rtsp => ["-rtsp_transport", transport == RtspTransport.Tcp ? "tcp" : "udp"],
            SourceKind.Device => ["-f", "v4l2"],
            SourceKind.Pattern => ["-f", "lavfi"],
            _ => [],
        };
        arguments.AddRange(["-i", source.Input]);
        return arguments;
    }

    private static SourceFindings Read(byte[] told, SourceUrl source, byte[] jpeg)
    {
        using var document = JsonDocument.Parse(told);
        if (!document.RootElement.TryGetProperty("streams", out var streams) || streams.GetArrayLength() == 0)
            throw new ArgumentException($"{source} has no video.");
        var stream = streams[0];
        return new SourceFindings(
            stream.GetProperty("codec_name").GetString() ?? "", stream.GetProperty("width").GetInt32(), stream.GetProperty("height").GetInt32(),
            RateOf(stream, "avg_frame_rate") ?? RateOf(stream, "r_frame_rate"), jpeg);
    }

    /// <summary>ffprobe writes rates as fractions, and 0/0 for one that it does not know.</summary>
    private static double? RateOf(JsonElement stream, string name) =>
        stream.TryGetProperty(name, out var rate) && rate.GetString()?.Split('/') is [var above, var below]
        && double.TryParse(above, CultureInfo.InvariantCulture, out var frames)
        && double.TryParse(below, CultureInfo.InvariantCulture, out var seconds) && frames > 0 && seconds > 0
            ? frames / seconds
            : null;

    private static async Task<byte[]> RunAsync(string program, SourceUrl source, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
                ?? throw new ArgumentException($"'{program}' did not start.");
            try
            {
                using var output = new MemoryStream();
                var complaints = process.StandardError.ReadToEndAsync(patience.Token);
                await process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token).ConfigureAwait(false);
                var said = await complaints.ConfigureAwait(false);
                await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
                if (process.ExitCode == 0 && output.Length > 0) return output.ToArray();
                var reason = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it gave no reason";
                var hint = source.Kind == SourceKind.Device ? $".{VideoDevice.Hint(source.Input)}" : "";
                throw new ArgumentException($"{source} gives no video: {source.Redact(reason)}{hint}");
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        catch (Win32Exception error)
        {
            throw new ArgumentException($"'{program}' cannot be started: {error.Message}. Install ffmpeg.", error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ArgumentException($"{source} has given no video within {Patience.TotalSeconds:0} s.");
        }
    }
}
