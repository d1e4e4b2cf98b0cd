using Dapper;
using Weir.Database.Rows;

namespace Weir.Database.Scenes;

/// <summary>The table of scene events. All members may be called from any thread.</summary>
public sealed class SceneEventTable(SiteDatabase database)
{
    private const string Columns =
        """
        SELECT e.id AS Id, e.happened_at AS HappenedAt, e.camera AS Camera, e.kind AS Kind, e.zone AS Zone, e.class AS Class,
               e.track AS Track, e.direction AS Direction, e.amount AS Amount, e.message AS Message,
               e.attributes AS Attributes, e.evidence AS Evidence

        """;

    private const string Select = Columns + "FROM scene_events e ";

    /// <summary>One event; null where there is none of that id.</summary>
    public Task<SceneEventRow?> FindAsync(string id, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<SceneEventRow>(new CommandDefinition(
            Select + "WHERE e.id = @id", new { id }, cancellationToken: cancellationToken)), cancellationToken);

    /// <summary>Events, newest first.</summary>
    public Task<IReadOnlyList<SceneEventRow>> QueryAsync(SceneEventFilter filter, CancellationToken cancellationToken = default) =>
        ReadAsync(Sql(filter), Parameters(filter), cancellationToken);

    /// <summary>Events of a camera's track, oldest first.</summary>
    public Task<IReadOnlyList<SceneEventRow>> OfTrackAsync(string camera, long track, CancellationToken cancellationToken = default) =>
        ReadAsync(SqlOfTrack, new { camera, track }, cancellationToken);

    /// <summary>Events whose message has all words of a text, newest first.</summary>
    /// <param name="text">What is looked for; the order of its words does not count, nor does their case.</param>
    /// <param name="from">First time.</param>
    /// <param name="to">Time to stop before.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<IReadOnlyList<SceneEventRow>> SearchAsync(
        string text, long from, long to, int limit, CancellationToken cancellationToken = default) =>
        WordSearch.FindAsync<SceneEventRow>(database, "scene_event_words", "happened_at", text, (from, to), limit, SqlSearch, cancellationToken);

    internal const string SqlOfTrack = Select + "WHERE e.track = @track AND e.camera = @camera ORDER BY e.happened_at, e.id";

    internal static string Sql(SceneEventFilter filter) => Select
        + "WHERE e.happened_at >= @from AND e.happened_at < @to "
        + (filter.Camera is null ? "" : "AND e.camera = @camera ")
        + (filter.Kind is null ? "" : "AND e.kind = @kind ")
        + (filter.Zone is null ? "" : "AND e.zone = @zone ")
        + (filter.After is null ? "" : "AND (e.happened_at < @afterTime OR e.id < @afterId) ")
        + "ORDER BY e.happened_at DESC, e.id DESC LIMIT @limit";

    // The place to go on from is the upper bound: a later page costs no more than the first.
    internal static object Parameters(SceneEventFilter filter) => new
    {
        from = filter.From, to = filter.After is { } place ? Math.Min(filter.To, place.HappenedAt + 1) : filter.To,
        camera = filter.Camera, kind = filter.Kind, zone = filter.Zone, limit = filter.Limit,
        afterTime = filter.After?.HappenedAt, afterId = filter.After?.Id,
    };

    internal static string SqlSearch(int words) => Columns
        + WordSearch.From("scene_event_words", "happened_at", ["id"], words)
        + "JOIN scene_events e ON e.id = w0.id "
        + WordSearch.Where("happened_at")
        + "ORDER BY w0.happened_at DESC, w0.id DESC LIMIT @limit";

    private Task<IReadOnlyList<SceneEventRow>> ReadAsync(string sql, object parameters, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<SceneEventRow>>(async connection =>
            [.. await connection.QueryAsync<SceneEventRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))],
            cancellationToken);
}
