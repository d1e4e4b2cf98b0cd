using System.Data.Common;
using System.Runtime.InteropServices;
using Weir.Database.Rows;

namespace Weir.Database.Detections;

/// <summary>
/// What a batch of detections adds to the counts of their minutes, ten minutes, hours and days, camera by camera and for the whole
/// site. Counted are rows that are new: the sink stores each once.
/// </summary>
internal sealed class DetectionCounts
{
    /// <summary>The widths of the intervals that are kept, in microseconds, the widest first.</summary>
    public static readonly IReadOnlyList<long> Widths = [86_400_000_000, 3_600_000_000, 600_000_000, 60_000_000];

    private const string Merge =
        "detections = detections + NEW(detections), "
        + "most_at_once = CASE WHEN NEW(most_at_once) > most_at_once THEN NEW(most_at_once) ELSE most_at_once END";

    private static readonly RowTable<Count> OfCameras = new(
        "detection_counts", [RowColumn.Text("camera", 64), "width", "bucket", RowColumn.Text("class", 64)], ["detections", "most_at_once"],
        (row, values) =>
        {
            values.Add(row.Camera);
            WriteInterval(row, values);
        });

    private static readonly RowTable<Count> OfSite = new(
        "detection_counts_of_site", ["width", "bucket", RowColumn.Text("class", 64)], ["detections", "most_at_once"], WriteInterval);

    private readonly Dictionary<(string Camera, long Bucket, string Class), Tally> minutes = [];
    private readonly Dictionary<string, int> onFrame = new(StringComparer.Ordinal);
    private (string Camera, long Time) frame;

    /// <summary>Counts rows; those of one frame stand together.</summary>
    public void Add(IReadOnlyList<DetectionRow> rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if ((row.Camera, row.FrameTime) != frame)
            {
                onFrame.Clear();
                frame = (row.Camera, row.FrameTime);
            }
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(onFrame, row.Class, out _);
            count++;
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(
                minutes, (row.Camera, Bucket(row.FrameTime, Widths[^1]), row.Class), out _);
            tally = new Tally(tally.Detections + 1, Math.Max(tally.MostAtOnce, count));
        }
    }

    /// <summary>
    /// Adds them to what the database has; it blocks until they are. Best at the end of a transaction: those of the
    /// site are the same rows for all who store.
    /// </summary>
    public void Store(SiteDatabase database, DbConnection connection, DbTransaction transaction)
    {
        database.Merge(connection, transaction, OfCameras, Sum(camera => camera), Merge);
        database.Merge(connection, transaction, OfSite, Sum(_ => ""), Merge);
    }

    /// <summary>The beginning of the interval that a time is in.</summary>
    public static long Bucket(long time, long width) => time - (time % width + width) % width;

    // In the order of the key, so that two that count the same do not wait for each other in a ring.
    private List<Count> Sum(Func<string, string> keyOf)
    {
        var sums = new Dictionary<(string Camera, long Width, long Bucket, string Class), Tally>();
        foreach (var width in Widths)
        {
            foreach (var (minute, tally) in minutes)
            {
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(
                    sums, (keyOf(minute.Camera), width, Bucket(minute.Bucket, width), minute.Class), out _);
                sum = new Tally(sum.Detections + tally.Detections, Math.Max(sum.MostAtOnce, tally.MostAtOnce));
            }
        }
        return [.. sums.Select(sum => new Count(sum.Key.Camera, sum.Key.Width, sum.Key.Bucket, sum.Key.Class, sum.Value))
            .OrderBy(row => row.Camera, StringComparer.Ordinal).ThenBy(row => row.Width).ThenBy(row => row.Bucket)
            .ThenBy(row => row.Class, StringComparer.Ordinal)];
    }

    private static void WriteInterval(Count row, IRowValues values)
    {
        values.Add(row.Width);
        values.Add(row.Bucket);
        values.Add(row.Class);
        values.Add(row.Tally.Detections);
        values.Add(row.Tally.MostAtOnce);
    }

    private readonly record struct Tally(long Detections, long MostAtOnce);

    private sealed record Count(string Camera, long Width, long Bucket, string Class, Tally Tally);
}
