using System.Data.Common;
using System.Globalization;
using Dapper;
using MySql.Data.MySqlClient;
using Weir.Database;
using Weir.Database.Detections;
using Weir.Database.Rows;
using Weir.Database.Scenes;

namespace Weir.Benchmarks.Results;

/// <summary>
/// Fills an empty database with a week of a hundred cameras. Rows go in without their indexes, which are made afterwards,
/// and counts are made of the rows hour by hour: what is there in the end is what the sink would have stored.
/// </summary>
internal sealed class PageRows(SiteDatabase database)
{
    private const int RowsABatch = 20_000;
    private const long Minute = 60_000_000;
    private const long TenMinutes = 10 * Minute;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    public async Task FillAsync(int rows)
    {
        var frames = rows / ResultLoad.ObjectsAFrame;
        var step = (double)ResultLoad.Week / frames;
        var indexes = await database.ReadAsync(TakeIndexesAsync);
        await FillDetectionsAsync(frames, step);
        await database.ReadAsync(async connection =>
        {
            // All at one go, where the server can: it reads the table once.
            foreach (var index in indexes) await connection.ExecuteAsync(index, commandTimeout: 0);
            return true;
        });
        await CountAsync();
        await FillTracksAsync(frames, step);
        // As the server does by itself, some time after so much has changed; SQLite keeps no estimates in a site.
        await database.ReadAsync(async connection => connection is MySqlConnection
            ? await connection.ExecuteAsync("ANALYZE TABLE detections, detection_counts, detection_counts_of_site, detection_words, detection_zones, tracks", commandTimeout: 0)
            : 0);
    }

    private async Task FillDetectionsAsync(int frames, double step)
    {
        const int framesABatch = RowsABatch / ResultLoad.ObjectsAFrame;
        Task storing = Task.CompletedTask;
        for (var first = 0; first < frames; first += framesABatch)
        {
            // The next ones are made while these are stored.
            List<DetectionRow> batch = [.. Enumerable.Range(first, Math.Min(framesABatch, frames - first)).SelectMany(number => ResultLoad.Rows(number, step))];
            await storing;
            storing = Task.Run(() => database.WriteAsync((connection, transaction) =>
            {
                DetectionTables.Store(database, connection, transaction, batch);
                return Task.FromResult(true);
            }));
        }
        await storing;
    }

    /// <summary>Takes the table's indexes away; answers the statements that make them.</summary>
    private static async Task<List<string>> TakeIndexesAsync(DbConnection connection)
    {
        if (connection is not MySqlConnection)
        {
            var known = (await connection.QueryAsync<(string Name, string Sql)>(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'detections' AND sql IS NOT NULL")).ToList();
            foreach (var (name, _) in known) await connection.ExecuteAsync($"DROP INDEX {name}");
            return [.. known.Select(index => index.Sql)];
        }
        var columns = (await connection.QueryAsync<(string Name, string Column)>(
            "SELECT index_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'detections' "
            + "AND index_name <> 'PRIMARY' ORDER BY index_name, seq_in_index")).GroupBy(index => index.Name).ToList();
        await connection.ExecuteAsync("ALTER TABLE detections " + string.Join(", ", columns.Select(index => $"DROP INDEX {index.Key}")));
        return ["ALTER TABLE detections " + string.Join(", ", columns.Select(index =>
            $"ADD INDEX {index.Key} ({string.Join(", ", index.Select(column => column.Column))})"))];
    }

    private async Task CountAsync()
    {
        for (var from = ResultLoad.Start / Hour * Hour; from < ResultLoad.Start + ResultLoad.Week; from += Hour)
        {
            await RunAsync(
                "INSERT INTO detection_counts (camera, width, bucket, class, detections, most_at_once) "
                + string.Create(CultureInfo.InvariantCulture, $"SELECT camera, {Minute}, frame_time - frame_time % {Minute}, class, SUM(objects), MAX(objects) FROM ")
                + "(SELECT camera, frame_time, class, COUNT(*) AS objects FROM detections WHERE frame_time >= @from AND frame_time < @to GROUP BY camera, frame_time, class) frames "
                + string.Create(CultureInfo.InvariantCulture, $"GROUP BY camera, frame_time - frame_time % {Minute}, class"),
                new { from, to = from + Hour });
            await RunAsync(Wider(Minute, TenMinutes), new { from, to = from + Hour });
            await RunAsync(Wider(TenMinutes, Hour), new { from, to = from + Hour });
        }
        for (var from = ResultLoad.Start / Day * Day; from < ResultLoad.Start + ResultLoad.Week; from += Day)
        {
            await RunAsync(Wider(Hour, Day), new { from, to = from + Day });
            await RunAsync(
                "INSERT INTO detection_counts_of_site (width, bucket, class, detections, most_at_once) SELECT width, bucket, class, SUM(detections), MAX(most_at_once) "
                + string.Create(CultureInfo.InvariantCulture, $"FROM detection_counts WHERE width IN ({Minute}, {TenMinutes}, {Hour}, {Day}) AND bucket >= @from AND bucket < @to ")
                + "GROUP BY width, bucket, class",
                new { from, to = from + Day });
        }

        static string Wider(long of, long width) =>
            "INSERT INTO detection_counts (camera, width, bucket, class, detections, most_at_once) "
            + string.Create(CultureInfo.InvariantCulture, $"SELECT camera, {width}, bucket - bucket % {width}, class, SUM(detections), MAX(most_at_once) ")
            + string.Create(CultureInfo.InvariantCulture, $"FROM detection_counts WHERE width = {of} AND bucket >= @from AND bucket < @to GROUP BY camera, bucket - bucket % {width}, class");
    }

    private Task<int> RunAsync(string sql, object parameters) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync(sql, parameters, transaction, commandTimeout: 0));

    private async Task FillTracksAsync(int frames, double step)
    {
        List<TrackRow> tracks = [.. from part in Enumerable.Range(0, (frames + 4_999) / 5_000) from camera in Enumerable.Range(0, ResultLoad.Cameras)
            from index in Enumerable.Range(0, ResultLoad.ObjectsAFrame) select new TrackRow
            {
                Camera = ResultLoad.Camera(camera), Track = part * 10 + index, Class = "person", FirstTime = ResultLoad.Start + (long)(part * 5_000 * step),
                LastTime = ResultLoad.Start + (long)((part + 1) * 5_000 * step), IsOver = true,
            }];
        foreach (var chunk in tracks.Chunk(RowsABatch))
        {
            await database.WriteAsync((connection, transaction) =>
            {
                database.Insert(connection, transaction, SceneTables.Tracks, chunk, ExistingRow.IsReplaced);
                return Task.FromResult(true);
            });
        }
    }
}
