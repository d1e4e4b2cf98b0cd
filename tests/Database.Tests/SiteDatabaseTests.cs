using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Database.Alarms;
using Weir.Database.Detections;
using Weir.Database.Dialects;
using Weir.Database.Schema;
using Weir.Database.Transfers;

namespace Weir.Database.Tests;

public sealed class SqliteSiteDatabaseTests() : SiteDatabaseFacts(new SqliteTestDatabase(), new SqliteDialect());

public sealed class MySqlSiteDatabaseTests(MySqlServer server) : SiteDatabaseFacts(new MySqlTestDatabase(server), new MySqlDialect());

public abstract class SiteDatabaseFacts : IDisposable
{
    private readonly TestDatabase test;
    private readonly ISqlDialect dialect;

    private protected SiteDatabaseFacts(TestDatabase test, ISqlDialect dialect) => (this.test, this.dialect) = (test, dialect);

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Many_that_open_a_new_database_at_once_all_find_the_newest_schema()
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => test.Open().ReadAsync(
            connection => connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM detections")))));

        Assert.All(counts, count => Assert.Equal(0, count));
        await using var connection = test.Connect();
        Assert.Equal(Enumerable.Range(1, NewestVersion), await connection.QueryAsync<int>("SELECT version FROM schema_version ORDER BY version"));
    }

    [Fact]
    public async Task A_write_that_throws_leaves_nothing_behind()
    {
        var database = test.Open();

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync<int>(async (connection, transaction) =>
        {
            await connection.ExecuteAsync("INSERT INTO alarms (id, source, kind, message, raised) VALUES ('a', 's', 'k', 'm', 1)", transaction: transaction);
            throw new InvalidOperationException("no");
        }));

        Assert.Equal(0, await database.ReadAsync(c => c.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM alarms")));
    }

    [Fact]
    public async Task A_database_of_a_later_version_is_refused_in_a_sentence()
    {
        await test.Open().ReadAsync(c => c.ExecuteScalarAsync<int>("SELECT 1"));
        await using (var connection = test.Connect())
            await connection.ExecuteAsync("INSERT INTO schema_version (version, applied) VALUES (9999, 0)");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => test.Open().ReadAsync(c => c.ExecuteScalarAsync<int>("SELECT 1")));

        Assert.Contains("schema version 9999", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task Data_of_an_earlier_version_is_there_after_the_migration(int version)
    {
        await using (var connection = test.Connect())
        {
            for (var file = 1; file <= version; file++)
            {
                await RunAsync(connection, await StatementsAsync(file));
                if (file == 1) await FillFirstVersionAsync(connection);
                await connection.ExecuteAsync("INSERT INTO schema_version (version, applied) VALUES (@file, 0)", new { file });
            }
        }

        await CheckAsync(test.Open());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task What_was_in_a_zone_is_found_by_it_after_the_migration(int version)
    {
        await using (var connection = test.Connect())
        {
            for (var file = 1; file <= version; file++)
            {
                await RunAsync(connection, await StatementsAsync(file));
                await connection.ExecuteAsync("INSERT INTO schema_version (version, applied) VALUES (@file, 0)", new { file });
            }
            await connection.ExecuteAsync(
                "INSERT INTO detections (frame_time, stream_no, stream_position, idx, camera, frame_number, model, model_version, class, score, "
                + "box_left, box_top, box_right, box_bottom, zone, stored_at) VALUES (@time, 1, @time, 0, 'street', 1, 'm', '1', 'car', 0.5, 0, 0, 1, 1, @zone, 11)",
                new[] { new { time = 10L, zone = (string?)"door" }, new { time = 11L, zone = (string?)null }, new { time = 12L, zone = (string?)"yard" }, new { time = Later, zone = (string?)"door" } });
        }

        var table = new DetectionTable(test.Open());
        Assert.Equal([10, Later], (await table.QueryAsync(new DetectionFilter { Zone = "door" })).Select(row => row.FrameTime));
        Assert.Equal(4, (await table.QueryAsync(new DetectionFilter())).Count);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(10)]
    public async Task A_migration_that_was_cut_off_anywhere_is_run_to_its_end_by_the_next_start(int version)
    {
        var steps = (await StatementsAsync(version)).Count;
        Assert.True(steps >= 4);
        for (var done = 1; done <= steps; done++)
        {
            await using (var connection = test.Connect())
            {
                for (var file = 1; file < version; file++)
                {
                    await RunAsync(connection, await StatementsAsync(file));
                    if (file == 1) await FillFirstVersionAsync(connection);
                    await connection.ExecuteAsync("INSERT INTO schema_version (version, applied) VALUES (@file, 0)", new { file });
                }
                await RunAsync(connection, (await StatementsAsync(version))[..done]);
            }

            await CheckAsync(test.Open());
            await DropAllAsync();
        }
    }

    private static int NewestVersion => typeof(SiteDatabase).Assembly.GetManifestResourceNames().Count(name => name.StartsWith("schema/", StringComparison.Ordinal));

    // Some days after the others.
    private const long Later = 5 * 86_400_000_000;

    // Two cameras that saw something at the same time, and an alarm.
    private static async Task FillFirstVersionAsync(DbConnection connection)
    {
        await connection.ExecuteAsync(
            "INSERT INTO detections (camera, frame_time, idx, frame_number, model, model_version, class, score, "
            + "box_left, box_top, box_right, box_bottom, stored_time) VALUES (@camera, @time, @idx, 1, 'm', '1', 'car', 0.5, 0, 0, 1, 1, 11)",
            new[] { new { camera = "street", time = 10L, idx = 0 }, new { camera = "street", time = 10L, idx = 1 }, new { camera = "yard", time = 10L, idx = 0 }, new { camera = "yard", time = 70_000_000L, idx = 0 }, new { camera = "yard", time = Later, idx = 0 }, new { camera = "yard", time = Later, idx = 1 } });
        await connection.ExecuteAsync("INSERT INTO alarms (id, source, kind, message, raised, acknowledged, cleared) VALUES ('a', 's', 'k', 'm', 1, 2, 3), ('b', 's', 'k', 'm', 4, NULL, NULL)");
        await connection.ExecuteAsync("INSERT INTO grain_state (state_name, grain_id, etag, payload, modified) VALUES ('n', 'g', 1, 'x', 1)");
    }

    private static async Task CheckAsync(SiteDatabase database)
    {
        var table = new DetectionTable(database);
        Assert.Equal([("street", 10, 0), ("street", 10, 1), ("yard", 10, 0), ("yard", 70_000_000L, 0), ("yard", Later, 0), ("yard", Later, 1)],
            (await table.QueryAsync(new DetectionFilter { Class = "car" })).OrderBy(row => row.Camera, StringComparer.Ordinal).ThenBy(row => row.FrameTime).ThenBy(row => row.Idx)
                .Select(row => (row.Camera, row.FrameTime, row.Idx)));
        Assert.Equal([(0, 2L, 2L)], (await table.CountAsync("street", "car", 0, long.MaxValue, 60_000_000)).Select(count => (count.Start, count.Detections, count.MostAtOnce)));
        Assert.Equal([(0, 2L, 1L), (Later, 2, 2)],
            (await table.CountAsync("yard", "car", 0, long.MaxValue, 3_600_000_000)).Select(count => (count.Start, count.Detections, count.MostAtOnce)));
        foreach (var camera in (string?[])["yard", null])
        {
            Assert.Equal([(0, camera is null ? 4L : 2, camera is null ? 2L : 1), (Later, 2, 2)],
                (await table.CountAsync(camera, null, 0, long.MaxValue, 600_000_000)).Select(count => (count.Start, count.Detections, count.MostAtOnce)));
        }
        Assert.Equal([(0, 3L, 2L), (60_000_000, 1, 1), (Later, 2, 2)],
            (await table.CountAsync(null, null, 0, long.MaxValue, 60_000_000)).Select(count => (count.Start, count.Detections, count.MostAtOnce)));
        Assert.Equal([(0, 4L, 2L), (Later, 2, 2)],
            (await table.CountAsync(null, "car", 0, long.MaxValue, 86_400_000_000)).Select(count => (count.Start, count.Detections, count.MostAtOnce)));
        var alarms = new AlarmTable(database);
        Assert.Equal(["raised", "acknowledged", "cleared"], (await alarms.HistoryAsync("a")).Select(change => change.Change));
        Assert.Equal(["raised"], (await alarms.HistoryAsync("b")).Select(change => change.Change));
        Assert.Equal(1, await database.ReadAsync(c => c.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM grain_state")));
        Assert.Equal(0, await database.ReadAsync(c => c.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM cluster_members")));
        await CheckSiteAsync(database);
        // And it takes new rows.
        await Stored.DetectionsAsync(database, [Stored.Detection(10)]);
        Assert.Equal(7, (await table.QueryAsync(new DetectionFilter())).Count);
        Assert.Equal(5, (await table.CountAsync(null, null, 0, 1, 86_400_000_000)).Sum(count => count.Detections));
    }

    // What came with later versions is there, and its writers find their columns.
    private static async Task CheckSiteAsync(SiteDatabase database)
    {
        var transfers = new TransferTable(database);
        await transfers.PutAsync([new TransferRow { Id = "t", Kind = "search", Item = "plant", State = TransferStates.Done, Started = 1, Holder = "h", Messages = 3 }]);
        Assert.Equal(3, Assert.Single(await transfers.QueryAsync(new TransferFilter())).Messages);
        await database.ReadAsync(c => c.ExecuteAsync("SELECT detections FROM detection_counts WHERE width = 1 AND bucket >= 1 AND class = 'x'"));
    }

    private async Task DropAllAsync()
    {
        await using var connection = test.Connect();
        var files = Enumerable.Range(1, NewestVersion).Select(StatementsAsync);
        var tables = (await Task.WhenAll(files)).SelectMany(file => file).Select(statement => Regex.Match(statement.Sql, @"^CREATE TABLE IF NOT EXISTS (\w+)"))
            .Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct();
        foreach (var table in tables) await connection.ExecuteAsync($"DROP TABLE IF EXISTS {table}");
    }

    private async Task<List<SchemaStatement>> StatementsAsync(int version)
    {
        var assembly = typeof(SiteDatabase).Assembly;
        var name = assembly.GetManifestResourceNames().Single(name => name.StartsWith($"schema/{version:0000}-", StringComparison.Ordinal));
        using var file = new StreamReader(assembly.GetManifestResourceStream(name)!);
        const string versions = "CREATE TABLE IF NOT EXISTS schema_version (version INT NOT NULL, applied BIGINT NOT NULL, PRIMARY KEY (version));\n";
        return [.. dialect.SchemaStatements(version == 1 ? versions + await file.ReadToEndAsync() : await file.ReadToEndAsync())];
    }

    // As a start does that has come this far.
    private async Task RunAsync(DbConnection connection, List<SchemaStatement> statements)
    {
        foreach (var statement in statements) await Migrations.ExecuteAsync(connection, dialect, statement, NullLogger.Instance);
    }
}
