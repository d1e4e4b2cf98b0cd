using System.Data.Common;
using Dapper;
using Weir.Database.Detections;
using Weir.Database.Rows;
using Weir.Database.Scenes;
using Weir.Database.Site;
using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>Somebody else has stored from this place on, or a commit whose answer was lost did: the place is to be read again.</summary>
internal sealed class SinkOvertakenException(StreamName stream, StreamPosition expected)
    : Exception($"The sink of '{stream}' is not at {expected} any more.");

/// <summary>Where a sink is in its stream.</summary>
/// <param name="StreamNo">The number of the stream in keys.</param>
/// <param name="Place">All before is stored.</param>
/// <param name="ReplayTo">Rows of events before this place may be stored already; null where none are.</param>
internal sealed record SinkPlace(int StreamNo, StreamPosition Place, StreamPosition? ReplayTo);

/// <summary>
/// Stores batches of a stream together with the place behind them, in one transaction that only succeeds where the
/// place before them is the stored one: so every row is stored once, whoever crashes, and however many sinks a stream
/// may have for a moment.
/// </summary>
internal sealed class SinkWriter(SiteDatabase database, StreamName stream, TimeProvider time)
{
    private static readonly RowTable<DeadLetterRow> DeadLetters = new(
        "dead_letters", [RowColumn.Text("stream_name", 255), RowColumn.Text("place", 64)], [RowColumn.Text("topic", 255), RowColumn.Text("fault", 2000), "payload", "noticed"],
        (row, values) =>
        {
            values.Add(row.Stream);
            values.Add(row.Place);
            values.Add(row.Topic);
            values.Add(row.Fault);
            values.Add(row.Payload.AsMemory());
            values.Add(row.Noticed);
        });

    private readonly HashSet<(string Name, string Version)> models = [];
    private readonly SeenFrames frames = new();

    /// <summary>Where the sink is; null where the database does not know the stream.</summary>
    public Task<SinkPlace?> FindAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => FindAsync(connection, null), cancellationToken);

    /// <summary>Makes the stream known, or sets its place, unless somebody else has done so since it was looked at.</summary>
    /// <param name="seen">What was there when it was looked at.</param>
    /// <param name="place">The place.</param>
    /// <param name="replayTo">Rows of events before this place may be stored already; null where none are.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What is there now.</returns>
    public Task<SinkPlace> PlaceAsync(SinkPlace? seen, StreamPosition place, StreamPosition? replayTo, CancellationToken cancellationToken) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var known = await FindAsync(connection, transaction);
            if (known is not null && known != seen) return known;
            var number = known?.StreamNo
                ?? (await connection.ExecuteScalarAsync<int?>("SELECT MAX(stream_no) FROM sink_streams", transaction: transaction) ?? 0) + 1;
            await connection.ExecuteAsync(
                known is null
                    ? "INSERT INTO sink_streams (stream_name, stream_no, place, replay_to, stored, updated) VALUES (@name, @number, @place, @replay, 0, @now)"
                    : "UPDATE sink_streams SET place = @place, replay_to = @replay, updated = @now WHERE stream_name = @name",
                new { name = stream.ToString(), number, place = place.ToString(), replay = replayTo?.ToString(), now = Now }, transaction);
            return new SinkPlace(number, place, replayTo);
        }, cancellationToken);

    /// <summary>Stores a batch.</summary>
    /// <exception cref="SinkOvertakenException">The stored place is not the one before the batch.</exception>
    /// <exception cref="DbException">The database refuses it, or is away; nothing of it is stored.</exception>
    public async Task StoreAsync(SinkBatch batch, CancellationToken cancellationToken)
    {
        var news = NewModels(batch.Detections);
        var stored = await database.WriteAsync(async (connection, transaction) =>
        {
            await MoveAsync(batch, connection, transaction);
            var detections = batch.IsReplay ? await NewAsync(batch.Detections, connection, transaction) : batch.Detections;
            detections = await frames.NewAsync(detections, connection, transaction);
            DetectionTables.Store(database, connection, transaction, detections);
            database.Insert(connection, transaction, SiteTables.Models, [.. news.Select(model => (model.Name, model.Version, Now))]);
            // The last row of a track counts; no key may be there twice in a statement.
            database.Insert(
                connection, transaction, SceneTables.Tracks,
                [.. batch.Tracks.Reverse<TrackRow>().DistinctBy(row => (row.Camera, row.Track))], ExistingRow.IsReplaced);
            var events = batch.SceneEvents.DistinctBy(row => row.Id).ToList();
            database.Insert(connection, transaction, SceneTables.SceneEvents, events);
            database.Insert(connection, transaction, SceneTables.SceneEventWords, SceneTables.WordsOf(events));
            database.Insert(connection, transaction, SiteTables.Gaps, [.. batch.Gaps.DistinctBy(row => row.Id)]);
            database.Insert(connection, transaction, DeadLetters, batch.DeadLetters);
            // Last, since another sink that counts waits for the rows of the site until this transaction is over.
            var counts = new DetectionCounts();
            counts.Add(detections);
            counts.Store(database, connection, transaction);
            return detections;
        }, cancellationToken);
        models.UnionWith(news);
        frames.Stored(stored);
    }

    private long Now => UnixMicroseconds.From(time.GetUtcNow());

    private async Task<SinkPlace?> FindAsync(DbConnection connection, DbTransaction? transaction)
    {
        var row = await connection.QuerySingleOrDefaultAsync<(int Number, string Place, string? ReplayTo)?>(
            "SELECT stream_no, place, replay_to FROM sink_streams WHERE stream_name = @name", new { name = stream.ToString() }, transaction);
        return row is { } known ? new SinkPlace(known.Number, Parse(known.Place), known.ReplayTo is { } replayTo ? Parse(replayTo) : null) : null;
    }

    private StreamPosition Parse(string text) => StreamPosition.TryParse(text, out var place)
        ? place
        : throw new InvalidDataException($"The database has '{text}' as a place in stream '{stream}', which is none.");

    private async Task MoveAsync(SinkBatch batch, DbConnection connection, DbTransaction transaction)
    {
        var moved = await connection.ExecuteAsync(
            "UPDATE sink_streams SET place = @next, stored = stored + @rows, updated = @now WHERE stream_name = @name AND place = @from",
            new { name = stream.ToString(), from = batch.From.ToString(), next = batch.Next.ToString(), rows = batch.Rows, now = Now }, transaction);
        if (moved == 1) return;
        frames.Forget();
        throw new SinkOvertakenException(stream, batch.From);
    }

    private HashSet<(string Name, string Version)> NewModels(List<DetectionRow> rows)
    {
        var news = new HashSet<(string Name, string Version)>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0 && rows[i].Model == rows[i - 1].Model && rows[i].ModelVersion == rows[i - 1].ModelVersion) continue;
            var model = (rows[i].Model, rows[i].ModelVersion);
            if (!models.Contains(model)) news.Add(model);
        }
        return news;
    }

    /// <summary>Those that are not stored yet.</summary>
    private static async Task<List<DetectionRow>> NewAsync(List<DetectionRow> rows, DbConnection connection, DbTransaction transaction)
    {
        if (rows.Count == 0) return rows;
        var known = await connection.QueryAsync<(long, int, long, int)>(
            "SELECT frame_time, stream_no, stream_position, idx FROM detections WHERE frame_time >= @first AND frame_time <= @last AND stream_no = @StreamNo",
            new { first = rows.Min(row => row.FrameTime), last = rows.Max(row => row.FrameTime), rows[0].StreamNo }, transaction);
        var keys = known.Select(key => new DetectionKey(key.Item1, key.Item2, key.Item3, key.Item4)).ToHashSet();
        return [.. rows.Where(row => !keys.Contains(row.Key))];
    }
}
