using Weir.Vision.Recording.Mp4;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Replay;

/// <summary>How far an export has come: what the next part needs to know.</summary>
/// <param name="Next">Where in time to go on, in µs since 1970 UTC; 0 before the first part.</param>
/// <param name="Init">Names the initialisation of the clip.</param>
/// <param name="Run">The run of the fragment before.</param>
/// <param name="Shift">What is added to the media time of that run, in units of the timescale.</param>
/// <param name="End">Where the clip ends so far, in units of the timescale.</param>
/// <param name="Fragments">How many fragments it has.</param>
public readonly record struct ClipPlace(long Next, uint Init, long Run, long Shift, long End, uint Fragments);

/// <summary>A part of a clip.</summary>
/// <param name="Bytes">The bytes that follow those of the part before.</param>
/// <param name="Place">Where to go on; null after the last part.</param>
public sealed record ClipPart(byte[] Bytes, ClipPlace? Place);

/// <summary>
/// Makes a clip out of recorded video: one fragmented MP4 whose time begins at 0 and goes on without holes, so that any
/// player and editor takes it. What is missing is left out.
/// </summary>
public static class ClipWriter
{
    private const long PartBytes = 4 << 20;
    private const long MaxMicros = 30_000_000;

    /// <summary>Makes the next part.</summary>
    /// <param name="store">Where the video is.</param>
    /// <param name="from">Where the clip begins, in µs since 1970 UTC; it begins with the keyframe before.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="place">What the part before has answered; default for the first.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KeyNotFoundException">Nothing is recorded in that range.</exception>
    /// <exception cref="ArgumentException">The pictures change their size or coding within the range.</exception>
    public static async Task<ClipPart> WriteAsync(VideoStore store, long from, long to, ClipPlace place, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var isFirst = place.Fragments == 0;
        var entries = (await store.ReadAsync(isFirst ? from : place.Next, to, cancellationToken).ConfigureAwait(false))
            .Where(entry => entry.Kind == IndexEntryKind.Fragment && (isFirst || entry.Time >= place.Next)).ToList();
        if (isFirst) entries = [.. entries.SkipWhile(entry => !entry.IsKeyframe)];
        if (isFirst && entries.Count == 0) throw new KeyNotFoundException("Nothing is recorded in that range of time.");
        if (isFirst) Check(entries);

        var clip = new MemoryStream();
        foreach (var entry in entries)
        {
            if (clip.Length >= PartBytes || entry.Time > entries[0].Time + MaxMicros) return new ClipPart(clip.ToArray(), place);
            // A run that begins anew does so with a keyframe; anything else cannot be shown.
            if (entry.Run != place.Run && !entry.IsKeyframe) continue;
            await store.ReadEventsAsync(entry.Position, 1, (_, initBytes, fragment) =>
            {
                if (place.Fragments == 0)
                {
                    clip.Write(initBytes);
                    place = place with { Init = entry.Init };
                }
                var copy = fragment.ToArray();
                var boxes = FragmentBoxes.Parse(copy);
                if (entry.Run != place.Run || boxes.DecodeTime + place.Shift != place.End) place = place with { Run = entry.Run, Shift = place.End - boxes.DecodeTime };
                FragmentBoxes.Place(copy, boxes.DecodeTime + place.Shift, place.Fragments + 1);
                clip.Write(copy);
                place = place with { Next = entry.Time + 1, End = boxes.DecodeTime + place.Shift + boxes.Duration, Fragments = place.Fragments + 1 };
            }, cancellationToken).ConfigureAwait(false);
        }
        return new ClipPart(clip.ToArray(), null);
    }

    private static void Check(List<IndexEntry> entries)
    {
        if (entries.FirstOrDefault(entry => entry.Init != entries[0].Init) is not { } other) return;
        throw new ArgumentException(
            "The size or coding of the pictures changes within the range, which one clip cannot hold: export up to "
            + $"{DateTimeOffset.UnixEpoch.AddTicks(other.Time * TimeSpan.TicksPerMicrosecond):yyyy-MM-ddTHH:mm:ss.fffZ}, and from there on.");
    }
}
