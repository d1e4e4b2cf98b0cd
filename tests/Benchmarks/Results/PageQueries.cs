using System.Diagnostics;
using Weir.Database;
using Weir.Database.Detections;
using Weir.Database.Evidence;

namespace Weir.Benchmarks.Results;

/// <summary>What pages ask of a database that has a week of a hundred cameras.</summary>
internal sealed class PageQueries(SiteDatabase database, string name)
{
    private const long Minute = 60_000_000;
    private const long GoalMilliseconds = 20;

    public async Task<IReadOnlyList<Figure>> RunAsync(int rows, int queries, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await new PageRows(database).FillAsync(rows);
        Console.WriteLine($"{name}: {rows:#,0} rows to ask in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        var table = new DetectionTable(database);
        var evidence = new EvidenceStore(database, TimeProvider.System);
        var piece = await evidence.PutAsync(new byte[60_000], "image/jpeg", cancellationToken);
        var random = new Random(11);
        var frames = rows / ResultLoad.ObjectsAFrame;
        var hour = new DetectionFilter { Limit = 100 };
        (string Name, Func<Task> Ask)[] asked =
        [
            ("camera, an hour, 100", () => table.QueryAsync(Hour(hour with { Camera = Camera() }), cancellationToken)),
            ("camera and class, a day, 100", () => table.QueryAsync(Day(hour with { Camera = Camera(), Class = Class() }), cancellationToken)),
            ("class on all cameras, an hour, 100", () => table.QueryAsync(Hour(hour with { Class = Class() }), cancellationToken)),
            ("zone, a day, 100", () => table.QueryAsync(Day(hour with { Zone = $"zone-{random.Next(ResultLoad.Cameras)}" }), cancellationToken)),
            ("track, 100", () => TrackAsync()),
            ("text of two words, 100", () => table.SearchAsync($"ab {random.Next(Math.Min(10_000, frames / 20))}", 0, long.MaxValue, 100, cancellationToken)),
            ("the latest of a camera", () => table.QueryAsync(new DetectionFilter { Camera = Camera(), IsNewestFirst = true, Limit = 5 }, cancellationToken)),
            ("counts of a camera by hour, a week", () => table.CountAsync(Camera(), null, ResultLoad.Start, ResultLoad.Start + ResultLoad.Week, 60 * Minute, cancellationToken)),
            ("counts of a camera by minute, an hour", () => CountMinutesAsync()),
            ("counts of all cameras by day, a week", () => table.CountAsync(null, null, ResultLoad.Start, ResultLoad.Start + ResultLoad.Week, 1440 * Minute, cancellationToken)),
            ("counts of all cameras by hour, a week", () => table.CountAsync(null, null, ResultLoad.Start, ResultLoad.Start + ResultLoad.Week, 60 * Minute, cancellationToken)),
            ("counts of all cameras by 10 min, a day", () => CountDayAsync()),
            ("counts of a camera by 10 min, a day", () => CountDayAsync(Camera())),
            ("counts of a camera by 2 min, a day", () => CountDayAsync(Camera(), 2)),
            ("the most on a frame by second, an hour", () => CountSecondsAsync()),
            ("evidence of 60 kB by id", () => evidence.ReadAsync(piece, cancellationToken)),
        ];

        List<Figure> figures = [];
        foreach (var (what, ask) in asked)
        {
            List<double> times = [];
            for (var i = 0; i < queries; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                await ask();
                times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
            var p99 = Measurements.Percentile(times, 0.99);
            figures.Add(new Figure($"{name}, {rows / 1e6:0.##} M: {what}, p50", Measurements.Median(times), "ms"));
            figures.Add(new Figure($"{name}, {rows / 1e6:0.##} M: {what}, p99", p99, "ms", "goal (shorter is better)", GoalMilliseconds));
        }
        return figures;

        string Camera() => ResultLoad.Camera(random.Next(ResultLoad.Cameras));

        string Class() => ResultLoad.Class(random.Next(10));

        DetectionFilter Hour(DetectionFilter filter) => Range(filter, 60 * Minute);

        DetectionFilter Day(DetectionFilter filter) => Range(filter, 1440 * Minute);

        DetectionFilter Range(DetectionFilter filter, long length)
        {
            var from = ResultLoad.Start + random.NextInt64(ResultLoad.Week - length);
            return filter with { From = from, To = from + length };
        }

        Task CountMinutesAsync()
        {
            var filter = Hour(hour);
            return table.CountAsync(Camera(), null, filter.From, filter.To, Minute, cancellationToken);
        }

        Task CountDayAsync(string? camera = null, int minutes = 10)
        {
            var filter = Day(hour);
            return table.CountAsync(camera, null, filter.From, filter.To, minutes * Minute, cancellationToken);
        }

        Task CountSecondsAsync()
        {
            var filter = Hour(hour);
            return table.CountBySecondAsync(Camera(), filter.From, filter.To, cancellationToken);
        }

        // Every camera sees a track over a few thousand frames of the site.
        async Task TrackAsync()
        {
            var number = random.Next(frames);
            var found = await table.QueryAsync(
                hour with { Camera = ResultLoad.Camera(number % ResultLoad.Cameras), Track = number / 5_000 * 10 + 1 }, cancellationToken);
            if (found.Count == 0) throw new InvalidOperationException("A track was not found.");
        }
    }
}
