using Dapper;
using Weir.Database.Rows;

namespace Weir.Database.Site;

/// <summary>
/// What a site is made of, for people and their tools, and who changed what of it. What runs is set by the grains; here
/// it can be asked for and joined with results. All members may be called from any thread.
/// </summary>
public sealed class SiteCatalogue(SiteDatabase database, TimeProvider time)
{
    /// <summary>Notes the site's own name.</summary>
    public Task PutSiteAsync(string site, string name, string? parent = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "INSERT INTO sites (site, name, parent, updated) VALUES (@site, @name, @parent, @now)"
            + database.Dialect.ReplaceExisting("site", "name", "parent", "updated"),
            new { site, name, parent, now = Now }, transaction), cancellationToken);

    /// <summary>Notes that a camera was set up or changed.</summary>
    /// <param name="camera">Its id.</param>
    /// <param name="name">What pages call it.</param>
    /// <param name="settings">What is set, as JSON without passwords.</param>
    /// <param name="who">Who did it; null where that is not known.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task PutCameraAsync(string camera, string name, string settings, string? who = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(who, "put", $"camera/{camera}", settings,
            "INSERT INTO cameras (camera, name, settings, updated, removed) VALUES (@camera, @name, @settings, @now, NULL)"
            + database.Dialect.ReplaceExisting("camera", "name", "settings", "updated", "removed"),
            new { camera, name = CutText.Of(name, 200), settings, now = Now }, cancellationToken);

    /// <summary>Notes that a camera was removed.</summary>
    public Task RemoveCameraAsync(string camera, string? who = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(who, "remove", $"camera/{camera}", null, "UPDATE cameras SET removed = @now WHERE camera = @camera", new { camera, now = Now }, cancellationToken);

    /// <summary>Notes that an exchange was set up or changed.</summary>
    /// <param name="exchange">Its name.</param>
    /// <param name="settings">What is set, as JSON.</param>
    /// <param name="who">Who did it; null where that is not known.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task PutExchangeAsync(string exchange, string settings, string? who = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(who, "put", $"exchange/{exchange}", settings,
            "INSERT INTO exchanges (exchange_name, settings, updated, removed) VALUES (@exchange, @settings, @now, NULL)"
            + database.Dialect.ReplaceExisting("exchange_name", "settings", "updated", "removed"),
            new { exchange, settings, now = Now }, cancellationToken);

    /// <summary>Notes that an exchange was removed.</summary>
    public Task RemoveExchangeAsync(string exchange, string? who = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(who, "remove", $"exchange/{exchange}", null,
            "UPDATE exchanges SET removed = @now WHERE exchange_name = @exchange", new { exchange, now = Now }, cancellationToken);

    /// <summary>Who changed what, newest first.</summary>
    public Task<IReadOnlyList<AuditRow>> AuditAsync(long from, long to, int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<AuditRow>>(async connection => [.. await connection.QueryAsync<AuditRow>(new CommandDefinition(
            SqlAudit, new { from, to, limit }, cancellationToken: cancellationToken))], cancellationToken);

    /// <summary>Gaps that were noticed in a range of time, newest first.</summary>
    public Task<IReadOnlyList<GapRow>> GapsAsync(long from, long to, int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<GapRow>>(async connection => [.. await connection.QueryAsync<GapRow>(new CommandDefinition(
            SqlGaps, new { from, to, limit }, cancellationToken: cancellationToken))], cancellationToken);

    internal const string SqlAudit =
        "SELECT happened_at AS HappenedAt, user_name AS UserName, change_name AS What, item AS Item, detail AS Detail FROM audit "
        + "WHERE happened_at >= @from AND happened_at < @to ORDER BY happened_at DESC, id DESC LIMIT @limit";

    internal const string SqlGaps =
        "SELECT source AS Source, from_time AS FromTime, to_time AS ToTime, from_place AS FromPlace, to_place AS ToPlace, cause AS Cause, "
        + "lost AS Lost, detail AS Detail, noticed AS Noticed FROM gaps "
        + "WHERE noticed >= @from AND noticed < @to ORDER BY noticed DESC, id DESC LIMIT @limit";

    private long Now => UnixMicroseconds.From(time.GetUtcNow());

    // The change and the record of it together, or neither.
    private Task<bool> ChangeAsync(
        string? who, string change, string item, string? detail, string sql, object parameters, CancellationToken cancellationToken) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            await connection.ExecuteAsync(sql, parameters, transaction);
            await AuditRecord.NoteAsync(connection, transaction, new AuditRow(Now, who, change, item, detail));
            return true;
        }, cancellationToken);
}
