using Weir.Database.Detections;
using Weir.Grains.Interfaces.Recordings;
using Weir.Vision.Recording.Store;

namespace Weir.Grains.Recordings;

/// <summary>Puts together what is there of a range of time: video, motion, gaps, detections.</summary>
internal static class RecordingTimelines
{
    /// <summary>No more steps than a wide screen has columns.</summary>
    private const int Steps = 600;
    private const long LeastStep = 1_000_000;
    private const long Minute = 60_000_000;

    /// <summary>Up to here detections are counted by the second; for longer ranges the database has counts by the minute.</summary>
    private const long MostBySecond = 60 * Minute;

    /// <summary>Stretches that are nearer to each other than this are shown as one.</summary>
    private const long Tolerance = 500_000;

    public static async Task<RecordingTimeline> ReadAsync(string camera, (long From, long To) range, VideoStore store, DetectionTable detections)
    {
        var entries = (await store.ReadAsync(range.From, range.To)).Where(entry => entry.End > range.From).ToList();
        var step = Math.Max(LeastStep, (range.To - range.From) / Steps / LeastStep * LeastStep);
        var tolerance = Math.Max(Tolerance, step / 2);
        var video = entries.Where(entry => entry.Kind == IndexEntryKind.Fragment).ToList();
        if (range.To - range.From > MostBySecond) step = Math.Max(Minute, step / Minute * Minute);
        var counts = await CountAsync(camera, range, step, detections);
        return new RecordingTimeline(
            Merge(video, Tolerance), Merge(video.Where(entry => entry.HasMotion), tolerance),
            [.. entries.Where(entry => entry.Kind == IndexEntryKind.Gap).Select(RecordingMapping.ToGap)],
            counts, step);
    }

    private static async Task<IReadOnlyList<DetectionStep>> CountAsync(
        string camera, (long From, long To) range, long step, DetectionTable detections)
    {
        if (range.To - range.From > MostBySecond)
        {
            return [.. (await detections.CountAsync(camera, null, range.From, range.To, step))
                .Select(count => new DetectionStep(count.Start, count.Class, count.MostAtOnce))];
        }
        var seconds = await detections.CountBySecondAsync(camera, range.From, range.To);
        return [.. seconds.GroupBy(count => (Time: count.Second * LeastStep / step * step, count.Class))
            .Select(found => new DetectionStep(found.Key.Time, found.Key.Class, found.Max(count => count.Count)))];
    }

    private static List<TimeRange> Merge(IEnumerable<IndexEntry> entries, long tolerance)
    {
        var ranges = new List<TimeRange>();
        foreach (var entry in entries)
        {
            if (ranges.Count > 0 && entry.Time - ranges[^1].To <= tolerance) ranges[^1] = ranges[^1] with { To = entry.End };
            else ranges.Add(new TimeRange(entry.Time, entry.End));
        }
        return ranges;
    }
}
