using System.ComponentModel;
using System.Diagnostics;

namespace Weir.Vision.Decode;

/// <summary>
/// One run of ffmpeg, and its end: disposing kills it, so that no child is left. When this whole process dies, ffmpeg
/// ends by itself at its next frame, as there is nobody to read its stdout.
/// </summary>
internal sealed class FfmpegProcess : IAsyncDisposable
{
    private const int KilledBySignal = 128;
    private readonly Process process;
    private readonly Task draining;

    private FfmpegProcess(Process process, SourceUrl source)
    {
        this.process = process;
        Id = process.Id;
        Log = new LogTail(source);
        draining = Log.DrainAsync(process.StandardError);
    }

    public int Id { get; }

    public Stream Output => process.StandardOutput.BaseStream;

    public LogTail Log { get; }

    /// <exception cref="DecodeException">The program is not there or may not be run.</exception>
    public static FfmpegProcess Start(string program, DecodeOptions options, string? pictureSocket, string? fullSocket = null) =>
        Start(program, FfmpegArguments.Build(options, pictureSocket, fullSocket), options.Source);

    /// <exception cref="DecodeException">The program is not there or may not be run.</exception>
    public static FfmpegProcess Start(string program, IReadOnlyList<string> arguments, SourceUrl source)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            var process = Process.Start(start) ?? throw new DecodeException($"'{program}' did not start.");
            PipeSize.Enlarge(process.StandardOutput.BaseStream);
            return new FfmpegProcess(process, source);
        }
        catch (Win32Exception error)
        {
            throw new DecodeException(
                $"'{program}' cannot be started: {error.Message}. Install ffmpeg, or set the camera's ffmpeg to where it is.", error);
        }
    }

    /// <summary>After the output has ended: null for a run to its proper end, or else why it has not come to it.</summary>
    public async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        await draining.ConfigureAwait(false);
        return process.ExitCode switch
        {
            0 => null,
            > KilledBySignal and var code when Log.Reason is null || code == KilledBySignal + 9 =>
                $"ffmpeg was killed by signal {code - KilledBySignal}.",
            var code => $"ffmpeg ended with code {code}: {Log.Reason ?? "it gave no reason"}.",
        };
    }

    public void Kill()
    {
        if (!process.HasExited) process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await process.WaitForExitAsync().ConfigureAwait(false);
        await draining.ConfigureAwait(false);
        process.Dispose();
    }
}
