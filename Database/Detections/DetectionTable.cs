using Dapper;
using Weir.Database.Rows;
using Weir.Database.Scenes;

namespace Weir.Database.Detections;

/// <summary>Reads the table of detections, which the sink fills. All members may be called from any thread.</summary>
public sealed class DetectionTable(SiteDatabase database)
{
    private const long MicrosPerSecond = 1_000_000;

    private const string Columns =
        """
        SELECT d.frame_time AS FrameTime, d.stream_no AS StreamNo, d.stream_position AS StreamPosition, d.idx AS Idx,
               d.camera AS Camera, d.frame_number AS FrameNumber, d.model AS Model, d.model_version AS ModelVersion,
               d.class AS Class, d.score AS Score, d.box_left AS BoxLeft, d.box_top AS BoxTop, d.box_right AS BoxRight,
               d.box_bottom AS BoxBottom, d.track AS Track, d.zone AS Zone, d.read_text AS ReadText,
               d.attributes AS Attributes, d.stored_at AS StoredAt

        """;

    /// <summary>Detections in the order of their keys, or the other way.</summary>
    /// <exception cref="ArgumentException">A track is asked for without its camera.</exception>
    public async Task<IReadOnlyList<DetectionRow>> QueryAsync(DetectionFilter filter, CancellationToken cancellationToken = default)
    {
        if (filter.Track is { } track)
        {
            if (filter.Camera is null) throw new ArgumentException("A track is one of a camera: ask with the camera, too.", nameof(filter));
            // Its time is known, so that only that part of the camera's detections is looked through.
            if (await new TrackTable(database).FindAsync(filter.Camera, track, cancellationToken) is { } known)
                filter = filter with { From = Math.Max(filter.From, known.FirstTime), To = known.IsOver ? Math.Min(filter.To, known.LastTime + 1) : filter.To };
        }
        return await ReadAsync(Sql(filter), Parameters(filter), cancellationToken);
    }

    /// <summary>Detections on which all words of a text were read, newest first.</summary>
    /// <param name="text">What is looked for; the order of its words does not count, nor does their case.</param>
    /// <param name="from">First frame time.</param>
    /// <param name="to">Frame time to stop before.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<IReadOnlyList<DetectionRow>> SearchAsync(
        string text, long from, long to, int limit, CancellationToken cancellationToken = default) =>
        WordSearch.FindAsync<DetectionRow>(database, "detection_words", "frame_time", text, (from, to), limit, SqlSearch, cancellationToken);

    /// <summary>For each second and class of a range: the most objects on one frame.</summary>
    public Task<IReadOnlyList<SecondCount>> CountBySecondAsync(
        string camera, long from, long to, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<SecondCount>>(async connection =>
        {
            var counts = await connection.QueryAsync<(long Start, string Class, long Most)>(new CommandDefinition(
                SqlBySecond, new { camera, from, to }, cancellationToken: cancellationToken));
            return [.. counts.Select(count => new SecondCount(count.Start / MicrosPerSecond, count.Class, count.Most))];
        }, cancellationToken);

    /// <summary>How much was detected, interval by interval and class by class; what is empty is left out.</summary>
    /// <param name="camera">Only of this camera; null for all.</param>
    /// <param name="class">Only this class; null for all.</param>
    /// <param name="from">A time in the first interval.</param>
    /// <param name="to">Time to stop before; the interval that it lies in is counted whole.</param>
    /// <param name="interval">How long an interval is, in microseconds: whole minutes. Intervals begin at multiples of it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The interval is not of whole minutes.</exception>
    public Task<IReadOnlyList<IntervalCount>> CountAsync(
        string? camera, string? @class, long from, long to, long interval, CancellationToken cancellationToken = default)
    {
        if (interval <= 0 || interval % DetectionCounts.Widths[^1] != 0)
            throw new ArgumentException($"interval must be of whole minutes, but is {interval / 1e6:0.######} s.", nameof(interval));
        var width = DetectionCounts.Widths.First(width => interval % width == 0);
        var parameters = new
        {
            camera, @class, width, interval, from = DetectionCounts.Bucket(from, interval),
            to = to > long.MaxValue - interval ? to : DetectionCounts.Bucket(to + interval - 1, interval),
        };
        return database.ReadAsync<IReadOnlyList<IntervalCount>>(async connection =>
        {
            var counts = await connection.QueryAsync<Counted>(new CommandDefinition(
                SqlCount(camera, @class, interval == width), parameters, cancellationToken: cancellationToken));
            return [.. counts.Select(count => new IntervalCount(count.Start, count.Class, (long)count.Detections, count.Most))];
        }, cancellationToken);
    }

    internal const string SqlBySecond =
        """
        SELECT frame_time - frame_time % 1000000 AS second_start, class, MAX(objects) AS most
        FROM (SELECT frame_time, class, COUNT(*) AS objects FROM detections
              WHERE camera = @camera AND frame_time >= @from AND frame_time < @to
              GROUP BY frame_time, class) AS frames
        GROUP BY frame_time - frame_time % 1000000, class
        ORDER BY 1, 2
        """;

    // Intervals that are kept lie in their table as they are asked for; nothing is added up or sorted.
    internal static string SqlCount(string? camera, string? @class, bool isKept) =>
        (isKept
            ? "SELECT bucket AS Start, class AS Class, detections AS Detections, most_at_once AS Most "
            : "SELECT bucket - bucket % @interval AS Start, class AS Class, SUM(detections) AS Detections, MAX(most_at_once) AS Most ")
        + (camera is null ? "FROM detection_counts_of_site WHERE " : "FROM detection_counts WHERE camera = @camera AND ")
        + "width = @width AND bucket >= @from AND bucket < @to "
        + (@class is null ? "" : "AND class = @class ")
        // MariaDB sorts by a column that it knows to be one value.
        + (isKept ? @class is null ? "ORDER BY bucket, class" : "ORDER BY bucket" : "GROUP BY bucket - bucket % @interval, class ORDER BY 1, 2");

    internal static string Sql(DetectionFilter filter)
    {
        var (compare, order) = filter.IsNewestFirst ? ("<", " DESC") : (">", "");
        // Whose key is gone through in order.
        var k = filter.Zone is null ? "d" : "z";
        return Columns
            + (filter.Zone is null
                ? "FROM detections d WHERE "
                : "FROM detection_zones z JOIN detections d ON d.frame_time = z.frame_time AND d.stream_no = z.stream_no "
                + "AND d.stream_position = z.stream_position AND d.idx = z.idx WHERE z.zone = @zone AND ")
            + $"{k}.frame_time >= @from AND {k}.frame_time < @to "
            + (filter.Camera is null ? "" : $"AND {k}.camera = @camera ")
            + (filter.Class is null ? "" : "AND d.class = @class ")
            + (filter.Track is null ? "" : "AND d.track = @track ")
            + (filter.After is null
                ? ""
                : $"AND ({k}.frame_time {compare} @afterTime OR {k}.stream_no {compare} @afterStream "
                + $"OR ({k}.stream_no = @afterStream AND ({k}.stream_position {compare} @afterPosition "
                + $"OR ({k}.stream_position = @afterPosition AND {k}.idx {compare} @afterIdx)))) ")
            + $"ORDER BY {k}.frame_time{order}, {k}.stream_no{order}, {k}.stream_position{order}, {k}.idx{order} LIMIT @limit";
    }

    // The place to go on from is a bound of the time: a later page costs no more than the first.
    internal static object Parameters(DetectionFilter filter) => new
    {
        from = filter is { IsNewestFirst: false, After: { } first } ? Math.Max(filter.From, first.FrameTime) : filter.From,
        to = filter is { IsNewestFirst: true, After: { } last } ? Math.Min(filter.To, last.FrameTime + 1) : filter.To,
        camera = filter.Camera, @class = filter.Class, zone = filter.Zone, track = filter.Track, limit = filter.Limit,
        afterTime = filter.After?.FrameTime, afterStream = filter.After?.StreamNo,
        afterPosition = filter.After?.StreamPosition, afterIdx = filter.After?.Idx,
    };

    internal static string SqlSearch(int words) => Columns
        + WordSearch.From("detection_words", "frame_time", ["stream_no", "stream_position", "idx"], words)
        + "JOIN detections d ON d.frame_time = w0.frame_time AND d.stream_no = w0.stream_no "
        + "AND d.stream_position = w0.stream_position AND d.idx = w0.idx "
        + WordSearch.Where("frame_time")
        + "ORDER BY w0.frame_time DESC, w0.stream_no DESC, w0.stream_position DESC, w0.idx DESC LIMIT @limit";

    private Task<IReadOnlyList<DetectionRow>> ReadAsync(string sql, object parameters, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<DetectionRow>>(async connection =>
            [.. await connection.QueryAsync<DetectionRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))],
            cancellationToken);

    private sealed class Counted
    {
        public long Start { get; init; }

        public string Class { get; init; } = "";

        // MariaDB's sum of whole numbers is a decimal.
        public decimal Detections { get; init; }

        public long Most { get; init; }
    }
}
