using Weir.Streams;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Replay;

/// <summary>A stretch of recorded video that a player loads as a whole: it begins with a keyframe.</summary>
/// <param name="Time">When its first picture was taken, in µs since 1970 UTC.</param>
/// <param name="Duration">How long it lasts, in µs.</param>
/// <param name="Position">Where it lies in the video stream.</param>
/// <param name="Fragments">Of how many fragments it is.</param>
/// <param name="Init">Names the initialisation that it needs.</param>
/// <param name="Follows">Whether it goes on from the one before without a break.</param>
/// <param name="Gap">What is missing right before it; null where nothing is.</param>
internal sealed record ReplaySegment(
    long Time, long Duration, StreamPosition Position, int Fragments, uint Init, bool Follows, IndexEntry? Gap)
{
    /// <summary>What is apart by more than this is not one stretch.</summary>
    private const long Tolerance = 500_000;

    /// <summary>Cuts entries of an index into segments of about the same length.</summary>
    /// <param name="entries">In order.</param>
    /// <param name="target">A segment that lasts at least this is ended before the next keyframe, in µs.</param>
    public static IReadOnlyList<ReplaySegment> Cut(IReadOnlyList<IndexEntry> entries, long target)
    {
        var segments = new List<ReplaySegment>();
        IndexEntry? before = null, gap = null;
        foreach (var entry in entries)
        {
            if (entry.Kind != IndexEntryKind.Fragment)
            {
                if (entry.Kind == IndexEntryKind.Gap) gap = entry;
                before = null;
                continue;
            }
            var follows = before is not null && before.Run == entry.Run && before.Init == entry.Init && Math.Abs(entry.Time - before.End) <= Tolerance;
            if (follows && (!entry.IsKeyframe || segments[^1].Duration < target))
            {
                var last = segments[^1];
                segments[^1] = last with { Duration = entry.End - last.Time, Fragments = last.Fragments + 1 };
            }
            else if (entry.IsKeyframe)
            {
                segments.Add(new ReplaySegment(entry.Time, entry.Duration, entry.Position, 1, entry.Init, follows, gap));
                gap = null;
            }
            else
            {
                // Its keyframe is gone: it cannot be shown.
                continue;
            }
            before = entry;
        }
        return segments;
    }
}
