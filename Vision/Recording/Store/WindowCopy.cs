using Weir.Streams;

namespace Weir.Vision.Recording.Store;

/// <summary>
/// Copies the video of a window into streams of its own, so that it stays whatever retention lets go, and holds up nothing
/// of what lies after it. May be called again and again while the window's end is still to come, and after a crash.
/// </summary>
public static class WindowCopy
{
    /// <summary>Copies what is there and not copied yet.</summary>
    /// <param name="camera">The recordings of the camera.</param>
    /// <param name="window">Where they are copied to.</param>
    /// <param name="from">Where the window begins, in µs since 1970 UTC; the copy begins with the keyframe before.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Up to where it is copied, in µs since 1970 UTC; <paramref name="to"/> or later when it is whole.</returns>
    public static async Task<long> RunAsync(VideoStore camera, VideoStore window, long from, long to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(window);
        await window.CreateAsync(maxBytes: null, cancellationToken).ConfigureAwait(false);
        await using var writer = await VideoWriter.OpenAsync(window, cancellationToken).ConfigureAwait(false);
        var reached = writer.Last?.End ?? from;
        foreach (var entry in await camera.ReadAsync(reached, long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Time >= to) return to;
            if (writer.Last is { } last && entry.Time < last.End) continue;
            if (entry.Kind == IndexEntryKind.Fragment) await CopyAsync(camera, writer, entry, cancellationToken).ConfigureAwait(false);
            else await writer.NoteAsync(entry, cancellationToken).ConfigureAwait(false);
            reached = entry.End;
        }
        return reached;
    }

    private static async Task CopyAsync(VideoStore camera, VideoWriter writer, IndexEntry entry, CancellationToken cancellationToken)
    {
        byte[]? payload = null;
        var found = await camera.ReadEventsAsync(entry.Position, 1, (_, init, fragment) =>
        {
            payload = new byte[VideoEvent.HeadBytes + init.Length + fragment.Length];
            VideoEvent.WriteHead(payload, entry, init.Length);
            init.CopyTo(payload.AsSpan(VideoEvent.HeadBytes));
            fragment.CopyTo(payload.AsSpan(VideoEvent.HeadBytes + init.Length));
        }, cancellationToken).ConfigureAwait(false);
        if (found) await writer.AppendAsync(entry, payload, cancellationToken).ConfigureAwait(false);
        else
        {
            await writer.NoteAsync(new IndexEntry
            {
                Kind = IndexEntryKind.Gap, Time = entry.Time, Duration = entry.Duration, Cause = RecordingGapCause.Lost,
                Detail = "The video was let go, or is damaged, before the window was copied.",
            }, cancellationToken).ConfigureAwait(false);
        }
    }
}
