using System.Data.Common;
using Dapper;
using Weir.Database.Alarms;
using Weir.Database.Detections;
using Weir.Database.Retention;
using Weir.Database.Rows;
using Weir.Database.Scenes;
using Weir.Database.Sinks;
using Weir.Database.Site;
using Weir.Database.Transfers;
using static Weir.Database.Tests.Stored;

namespace Weir.Database.Tests;

public sealed class SqliteQueryPlanTests() : QueryPlanFacts(new SqliteTestDatabase())
{
    protected override async Task CheckAsync(DbConnection connection, string sql, object parameters)
    {
        foreach (var step in await connection.QueryAsync("EXPLAIN QUERY PLAN " + sql, parameters))
        {
            var detail = (string)step.detail;
            Assert.DoesNotContain("evidence_content", detail, StringComparison.Ordinal);
            // What is grouped is ordered afterwards: those are few.
            if (!sql.Contains("GROUP BY", StringComparison.Ordinal)) Assert.DoesNotContain("TEMP B-TREE", detail, StringComparison.Ordinal);
            // A scan of an index in its order ends with the limit; one of a table would not be in order.
            var isScan = detail.StartsWith("SCAN", StringComparison.Ordinal);
            Assert.False(isScan && !detail.Contains("USING", StringComparison.Ordinal) && detail is not ("SCAN frames" or "SCAN newest" or "SCAN found"), $"{detail}: {sql}");
        }
    }

    protected override async Task CheckReadsIntervalsAsync(DbConnection connection, string sql, object parameters, string key)
    {
        var details = (await connection.QueryAsync("EXPLAIN QUERY PLAN " + sql, parameters)).Select(step => (string)step.detail).ToList();
        Assert.Contains(details, detail => detail.Contains($"USING PRIMARY KEY ({key}width=? AND bucket>? AND bucket<?)", StringComparison.Ordinal));
    }
}

public sealed class MySqlQueryPlanTests(MySqlServer server) : QueryPlanFacts(new MySqlTestDatabase(server))
{
    protected override async Task CheckAsync(DbConnection connection, string sql, object parameters)
    {
        var steps = (await connection.QueryAsync("EXPLAIN " + sql, parameters)).Select(step => (IDictionary<string, object?>)step).ToList();
        Assert.NotEmpty(steps);
        foreach (var step in steps)
        {
            var said = string.Join("; ", step.Select(column => $"{column.Key}={column.Value}"));
            if (step["table"] is string table && table.StartsWith('<')) continue;
            Assert.False(step["key"] is null && step["table"] is not null, $"{said}: {sql}");
            if (!sql.Contains("GROUP BY", StringComparison.Ordinal))
                Assert.False($"{step["Extra"]}".Contains("filesort", StringComparison.Ordinal), $"{said}: {sql}");
        }
    }

    protected override async Task CheckReadsIntervalsAsync(DbConnection connection, string sql, object parameters, string key)
    {
        var step = (IDictionary<string, object?>)(await connection.QueryAsync("EXPLAIN " + sql, parameters)).Single();
        Assert.Equal(("PRIMARY", "range"), (step["key"], step["type"]));
        // Of ten intervals and two classes; the server only estimates.
        Assert.InRange(Convert.ToInt64(step["rows"], System.Globalization.CultureInfo.InvariantCulture), 1, 60);
    }
}

/// <summary>Every query of pages and API has an index behind it and sorts nothing, on tables with so many rows that a scan would not be as good.</summary>
public abstract class QueryPlanFacts(TestDatabase test) : IDisposable
{
    private const long Minute = 60_000_000;
    private const long From = 100_000;
    private const long To = 100_050;

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract Task CheckAsync(DbConnection connection, string sql, object parameters);

    /// <param name="connection">The database.</param>
    /// <param name="sql">The query.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="key">What of the key stands before the interval.</param>
    protected abstract Task CheckReadsIntervalsAsync(DbConnection connection, string sql, object parameters, string key);

    [Fact]
    public async Task Every_query_has_an_index_behind_it_and_sorts_nothing()
    {
        var database = test.Open();
        await FillAsync(database);
        var detection = new DetectionFilter { From = From, To = To, Limit = 10 };
        var track = new TrackFilter { From = From, To = To, Limit = 10 };
        var scene = new SceneEventFilter { From = From, To = To, Limit = 10 };
        DetectionFilter[] detections =
        [
            detection, detection with { Camera = "c1" }, detection with { Camera = "c1", Class = "k1" }, detection with { Class = "k1" },
            detection with { Zone = "z1" }, detection with { Zone = "z1", Camera = "c1" }, detection with { Zone = "z1", Class = "k1" },
            detection with { Camera = "c1", Track = 3 },
        ];
        List<(string Sql, object Parameters)> queries =
        [
            .. detections.SelectMany(filter => new[]
            {
                filter, filter with { IsNewestFirst = true }, filter with { After = new DetectionKey(From + 5, 1, From + 5, 0) },
                filter with { IsNewestFirst = true, After = new DetectionKey(From + 5, 1, From + 5, 0) },
            }).Select(filter => (DetectionTable.Sql(filter), DetectionTable.Parameters(filter))),
            .. new[] { detection with { Camera = "c1", From = 0, To = long.MaxValue, IsNewestFirst = true }, detection with { From = 0, To = long.MaxValue, IsNewestFirst = true } }
                .Select(filter => (DetectionTable.Sql(filter), DetectionTable.Parameters(filter))),
            .. new[] { track, track with { Camera = "c1" }, track with { Class = "k1" }, track with { Camera = "c1", After = (From + 5, "c1", 3) } }
                .Select(filter => (TrackTable.Sql(filter), TrackTable.Parameters(filter))),
            .. new[] { scene, scene with { Camera = "c1" }, scene with { Kind = "k1" }, scene with { Zone = "z1" }, scene with { Camera = "c1", After = (From + 5, "x") } }
                .Select(filter => (SceneEventTable.Sql(filter), SceneEventTable.Parameters(filter))),
            (SceneEventTable.SqlOfTrack.Replace("ORDER BY e.happened_at, e.id", "", StringComparison.Ordinal), new { camera = "c1", track = 3 }),
            (DetectionTable.SqlBySecond, new { camera = "c1", from = From, to = To }),
            .. from camera in (string?[])[null, "c1"] from name in (string?[])[null, "k1"] from isKept in (bool[])[true, false]
                select (DetectionTable.SqlCount(camera, name, isKept), Counts(camera, name)),
            (WordSearch.SqlCount("detection_words", "frame_time"), new { word = "w1", from = From, to = To, limit = 10 }),
            (WordSearch.SqlCount("scene_event_words", "happened_at"), new { word = "w1", from = From, to = To, limit = 10 }),
            (DetectionTable.SqlSearch(1), new { word0 = "w1", from = From, to = To, limit = 10 }),
            (DetectionTable.SqlSearch(2), new { word0 = "w1", word1 = "plate", from = From, to = To, limit = 10 }),
            (SceneEventTable.SqlSearch(2), new { word0 = "w1", word1 = "message", from = From, to = To, limit = 10 }),
            (DeadLetterTable.Sql, new { limit = 10 }),
            .. new[] { new TransferFilter { From = From, To = To }, new TransferFilter { State = TransferStates.Running }, new TransferFilter { From = From, To = To, After = (From + 5, "x") } }
                .Select(filter => (TransferTable.Sql(filter), TransferTable.Parameters(filter))),
            (AlarmTable.SqlRaised, new { since = From, limit = 10 }),
            (AlarmTable.SqlStanding, new { since = From, limit = 10 }),
            (TransferTable.SqlRunning, new { running = TransferStates.Running, before = From, holder = "h" }),
            (SiteCatalogue.SqlAudit, new { from = From, to = To, limit = 10 }),
            (SiteCatalogue.SqlGaps, new { from = From, to = To, limit = 10 }),
            (EvidenceRetention.Sql, new { before = To, afterTime = From, afterSha = "", limit = 10 }),
            ("SELECT media_type FROM evidence WHERE sha256 = @sha256", new { sha256 = "x" }),
        ];

        await database.ReadAsync(async connection =>
        {
            foreach (var (sql, parameters) in queries) await CheckAsync(connection, sql, parameters);
            return true;
        });
    }

    [Fact]
    public async Task Counts_read_the_intervals_that_are_asked_for_and_nothing_else()
    {
        var database = test.Open();
        await FillAsync(database);

        await database.ReadAsync(async connection =>
        {
            foreach (var camera in (string?[])[null, "c1"])
                foreach (var name in (string?[])[null, "k1"])
                    foreach (var isKept in (bool[])[true, false])
                        await CheckReadsIntervalsAsync(connection, DetectionTable.SqlCount(camera, name, isKept), Counts(camera, name), camera is null ? "" : "camera=? AND ");
            return true;
        });
    }

    private static object Counts(string? camera, string? name) =>
        new { camera, @class = name, width = Minute, interval = 5 * Minute, from = 500 * Minute, to = 510 * Minute };

    private async Task FillAsync(SiteDatabase database)
    {
        await DetectionsAsync(database, [.. Enumerable.Range(0, 20_000).Select(i => Detection(From - 10_000 + i) with
        {
            Camera = $"c{i % 5}", Class = $"k{i % 3}", Zone = $"z{i % 7}", Track = i / 50, ReadText = $"w{i % 4} plate",
        })]);
        await TracksAsync(database, [.. Enumerable.Range(0, 5_000).Select(i => Track(i, From - 2_500 + i) with { Camera = $"c{i % 5}", Class = $"k{i % 3}", Evidence = $"{i}", FrameEvidence = $"f{i}" })]);
        await EventsAsync(database, [.. Enumerable.Range(0, 5_000).Select(i => Event($"e{i}", From - 2_500 + i) with
        {
            Camera = $"c{i % 5}", Kind = $"k{i % 3}", Zone = $"z{i % 7}", Track = i / 10, Evidence = $"{i}", Message = $"w{i % 4} message",
        })]);
        await database.WriteAsync(async (connection, transaction) =>
        {
            var rows = Enumerable.Range(0, 1_000).Select(i => new { name = $"n{i}", at = From - 500 + i }).ToList();
            await connection.ExecuteAsync("INSERT INTO gaps (id, source, cause, detail, noticed) VALUES (@name, @name, 'x', 'x', @at)", rows, transaction);
            await connection.ExecuteAsync(
                "INSERT INTO transfers (id, site, kind, item, byte_size, byte_done, state_name, started, holder) "
                + "VALUES (@name, 'x', 'x', 'x', 1, 1, CASE WHEN @at % 100 = 0 THEN 'running' ELSE 'done' END, @at, 'h')", rows, transaction);
            await connection.ExecuteAsync(
                "INSERT INTO alarms (id, source, kind, message, raised, acknowledged, cleared) "
                + "VALUES (@name, 'x', 'x', 'x', @at, @at, CASE WHEN @at % 100 = 0 THEN NULL ELSE @at END)", rows, transaction);
            await connection.ExecuteAsync("INSERT INTO audit (happened_at, id, change_name, item) VALUES (@at, @name, 'x', 'x')", rows, transaction);
            await connection.ExecuteAsync("INSERT INTO evidence (sha256, media_type, byte_size, stored_at) VALUES (@name, 'x', 1, @at)", rows, transaction);
            await connection.ExecuteAsync(
                "INSERT INTO dead_letters (stream_name, place, topic, fault, payload, noticed) VALUES ('s', @name, 'x', 'x', 'x', @at)", rows, transaction);
            return true;
        });
        await database.WriteAsync((connection, transaction) =>
        {
            var counts = new DetectionCounts();
            counts.Add([.. from camera in Enumerable.Range(0, 5) from bucket in Enumerable.Range(1, 1_000)
                from name in new[] { "k1", "k2" } select Detection(bucket * Minute) with { Camera = $"c{camera}", Class = name }]);
            counts.Store(database, connection, transaction);
            return Task.FromResult(true);
        });
        await AnalyzeAsync(database);
    }

    private static Task<bool> AnalyzeAsync(SiteDatabase database) => database.ReadAsync(async connection =>
    {
        foreach (var table in (string[])["detections", "detection_words", "detection_zones", "detection_counts", "detection_counts_of_site", "tracks", "scene_events", "scene_event_words", "alarms", "alarm_history", "gaps", "transfers", "audit", "evidence", "dead_letters"])
            await connection.ExecuteAsync(connection is MySql.Data.MySqlClient.MySqlConnection ? $"ANALYZE TABLE {table}" : $"ANALYZE {table}");
        return true;
    });
}
