using Dapper;

namespace Weir.Database.Retention;

/// <summary>Finds evidence that nothing names any more, page by page, so that no query is long.</summary>
internal sealed class EvidenceRetention(SiteDatabase database)
{
    internal const string Sql =
        """
        SELECT e.sha256 AS Sha256, e.stored_at AS StoredAt,
               CASE WHEN EXISTS (SELECT 1 FROM tracks t WHERE t.evidence = e.sha256)
                      OR EXISTS (SELECT 1 FROM tracks f WHERE f.frame_evidence = e.sha256)
                      OR EXISTS (SELECT 1 FROM scene_events s WHERE s.evidence = e.sha256)
                      OR EXISTS (SELECT 1 FROM alarm_evidence a WHERE a.sha256 = e.sha256)
                    THEN 1 ELSE 0 END AS IsNamed
        FROM evidence e
        WHERE e.stored_at >= @afterTime AND e.stored_at < @before AND (e.stored_at > @afterTime OR e.sha256 > @afterSha)
        ORDER BY e.stored_at, e.sha256 LIMIT @limit
        """;

    /// <summary>Tells of what nothing names, oldest first.</summary>
    public async Task ForEachPageAsync(long before, int limit, Func<IReadOnlyList<string>, Task> unnamed, CancellationToken cancellationToken)
    {
        var after = (Time: long.MinValue, Sha: "");
        while (true)
        {
            var parameters = new { before, afterTime = after.Time, afterSha = after.Sha, limit };
            List<Piece> page = [.. await database.ReadAsync(connection => connection.QueryAsync<Piece>(
                new CommandDefinition(Sql, parameters, cancellationToken: cancellationToken)), cancellationToken)];
            if (page.Count == 0) return;
            after = (page[^1].StoredAt, page[^1].Sha256);
            List<string> found = [.. page.Where(piece => piece.IsNamed == 0).Select(piece => piece.Sha256)];
            if (found.Count > 0) await unnamed(found);
        }
    }

    /// <summary>Removes pieces, but for those that were stored again meanwhile.</summary>
    public Task DeleteAsync(IReadOnlyList<string> pieces, long before, CancellationToken cancellationToken) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            foreach (var chunk in pieces.Chunk(MostAtOnce))
            {
                await connection.ExecuteAsync(
                    "DELETE FROM evidence_content WHERE sha256 IN (SELECT sha256 FROM evidence WHERE sha256 IN @chunk AND stored_at < @before)",
                    new { chunk, before }, transaction);
                await connection.ExecuteAsync("DELETE FROM evidence WHERE sha256 IN @chunk AND stored_at < @before", new { chunk, before }, transaction);
            }
            return true;
        }, cancellationToken);

    private const int MostAtOnce = 500;

    private sealed class Piece
    {
        public string Sha256 { get; init; } = "";

        public long StoredAt { get; init; }

        public long IsNamed { get; init; }
    }
}
