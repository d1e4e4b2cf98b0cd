using Dapper;

namespace Weir.Database.Scenes;

/// <summary>The table of tracks. All members may be called from any thread.</summary>
public sealed class TrackTable(SiteDatabase database)
{
    private const string Select =
        """
        SELECT camera AS Camera, track AS Track, class AS Class, first_time AS FirstTime, last_time AS LastTime,
               is_over AS IsOver, sightings AS Sightings, best_score AS BestScore, best_time AS BestTime,
               box_left AS BoxLeft, box_top AS BoxTop, box_right AS BoxRight, box_bottom AS BoxBottom, zone AS Zone,
               read_text AS ReadText, attributes AS Attributes, evidence AS Evidence, frame_evidence AS FrameEvidence
        FROM tracks

        """;

    /// <summary>One track; null where there is none.</summary>
    public Task<TrackRow?> FindAsync(string camera, long track, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<TrackRow>(new CommandDefinition(
            Select + "WHERE camera = @camera AND track = @track", new { camera, track }, cancellationToken: cancellationToken)),
            cancellationToken);

    /// <summary>Tracks by the time at which they began, newest first.</summary>
    public Task<IReadOnlyList<TrackRow>> QueryAsync(TrackFilter filter, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<TrackRow>>(async connection =>
            [.. await connection.QueryAsync<TrackRow>(new CommandDefinition(Sql(filter), Parameters(filter), cancellationToken: cancellationToken))],
            cancellationToken);

    // Of one camera the order has no camera in it: MariaDB would sort for its sake.
    internal static string Sql(TrackFilter filter)
    {
        var after = filter.Camera is null
            ? "AND (first_time < @afterTime OR camera < @afterCamera OR (camera = @afterCamera AND track < @afterTrack)) "
            : "AND (first_time < @afterTime OR track < @afterTrack) ";
        return Select + "WHERE first_time >= @from AND first_time < @to "
            + (filter.Camera is null ? "" : "AND camera = @camera ")
            + (filter.Class is null ? "" : "AND class = @class ")
            + (filter.After is null ? "" : after)
            + (filter.Camera is null ? "ORDER BY first_time DESC, camera DESC, track DESC " : "ORDER BY first_time DESC, track DESC ")
            + "LIMIT @limit";
    }

    // The place to go on from is the upper bound: a later page costs no more than the first.
    internal static object Parameters(TrackFilter filter) => new
    {
        from = filter.From, to = filter.After is { } place ? Math.Min(filter.To, place.FirstTime + 1) : filter.To,
        camera = filter.Camera, @class = filter.Class, limit = filter.Limit,
        afterTime = filter.After?.FirstTime, afterCamera = filter.After?.Camera, afterTrack = filter.After?.Track,
    };
}
