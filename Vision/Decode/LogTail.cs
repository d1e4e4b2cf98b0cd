using System.Text.RegularExpressions;
using Weir.Vision.Models;

namespace Weir.Vision.Decode;

/// <summary>
/// Drains what ffmpeg writes to stderr, or it would stand still once the pipe is full. Keeps the last complaints, and
/// the size of the source's pictures, which ffmpeg tells there.
/// </summary>
internal sealed partial class LogTail(SourceUrl source)
{
    private const int MaxLines = 20;
    private const int MaxLength = 500;
    private static readonly TimeSpan SizePatience = TimeSpan.FromSeconds(5);
    private readonly Queue<string> lines = [];
    private readonly TaskCompletionSource<PictureSize> size = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<PictureSize> newSize = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The size that the source's pictures have changed to; cancelled when ffmpeg ends without that.</summary>
    public Task<PictureSize> NewSize => newSize.Task;

    /// <summary>The size of the source's pictures, which comes before the first of them or soon after.</summary>
    /// <exception cref="DecodeException">ffmpeg does not tell it.</exception>
    public async Task<PictureSize> SizeAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await size.Task.WaitAsync(SizePatience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new DecodeException("ffmpeg has not told the size of the source's pictures.", error);
        }
    }

    /// <summary>The last errors and warnings, oldest first, without secrets.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines) return [.. lines];
        }
    }

    /// <summary>The line that says best what went wrong, if any.</summary>
    public string? Reason
    {
        get
        {
            lock (lines) return lines.LastOrDefault(line => !line.StartsWith("warning", StringComparison.Ordinal))?.Split(": ", 2)[^1];
        }
    }

    /// <summary>Reads until ffmpeg closes its end.</summary>
    public async Task DrainAsync(TextReader reader)
    {
        try
        {
            var buffer = new char[1024];
            var line = new System.Text.StringBuilder();
            for (int count; (count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            {
                foreach (var letter in buffer.AsSpan(0, count))
                {
                    if (letter is not ('\n' or '\r'))
                    {
                        // What goes on beyond this is not worth its memory.
                        if (line.Length < MaxLength) line.Append(letter);
                        continue;
                    }
                    Take(line.ToString());
                    line.Clear();
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The process has gone together with its pipe; what it said so far is kept.
        }
        finally
        {
            size.TrySetCanceled();
            newSize.TrySetCanceled();
        }
    }

    private void Take(string line)
    {
        if (!size.Task.IsCompleted && SizeOf().Match(line) is { Success: true } match)
            size.TrySetResult(new PictureSize(int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan)));

        if (ChangeOf().Match(line) is { Success: true } change && change.Groups[1].Value != change.Groups[2].Value)
            newSize.TrySetResult(new PictureSize(int.Parse(change.Groups[3].ValueSpan), int.Parse(change.Groups[4].ValueSpan)));

        if (Complaint().Match(line) is not { Success: true } complaint) return;
        lock (lines)
        {
            if (lines.Count == MaxLines) lines.Dequeue();
            lines.Enqueue($"{complaint.Groups[1].Value}: {source.Redact(complaint.Groups[2].Value)}");
        }
    }

    /// <summary>
    /// The first video stream that has a size: of the input, or, where ffmpeg does not know that yet, of the JPEG.
    /// </summary>
    [GeneratedRegex(@"^\[info\]\s+Stream #(?:0:\d+.*|1:0.*): Video: (?!rawvideo).*?, (\d+)x(\d+)")]
    private static partial Regex SizeOf();

    /// <summary>What ffmpeg says of a frame that is unlike those that its filters were made for.</summary>
    [GeneratedRegex(@"filter context - (w: \d+ h: \d+) .*incoming frame - (w: (\d+) h: (\d+)) ")]
    private static partial Regex ChangeOf();

    /// <summary>A line may begin with the part of ffmpeg that speaks, as in "[avi @ 0x55…] [error] …".</summary>
    [GeneratedRegex(@"^(?:\[[^\]]* @ 0x[0-9a-f]+\] )*\[(warning|error|fatal|panic)\] (.*)$")]
    private static partial Regex Complaint();
}
