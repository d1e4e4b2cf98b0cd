using Weir.Database.Detections;
using Weir.Database.Rows;
using Weir.Database.Scenes;

namespace Weir.Database.Tests;

/// <summary>Puts rows where tests want them, as the sink does, without a stream.</summary>
internal static class Stored
{
    public static Task DetectionsAsync(SiteDatabase database, IReadOnlyList<DetectionRow> rows) =>
        database.WriteAsync((connection, transaction) =>
        {
            DetectionTables.Store(database, connection, transaction, rows);
            var counts = new DetectionCounts();
            counts.Add(rows);
            counts.Store(database, connection, transaction);
            return Task.FromResult(true);
        });

    public static Task TracksAsync(SiteDatabase database, params IReadOnlyList<TrackRow> rows) => database.WriteAsync((connection, transaction) =>
    {
        database.Insert(connection, transaction, SceneTables.Tracks, rows, ExistingRow.IsReplaced);
        return Task.FromResult(true);
    });

    public static Task EventsAsync(SiteDatabase database, params IReadOnlyList<SceneEventRow> rows) => database.WriteAsync((connection, transaction) =>
    {
        database.Insert(connection, transaction, SceneTables.SceneEvents, rows);
        database.Insert(connection, transaction, SceneTables.SceneEventWords, SceneTables.WordsOf(rows));
        return Task.FromResult(true);
    });

    public static DetectionRow Detection(long frameTime, int index = 0) => new()
    {
        Camera = "street", FrameTime = frameTime, StreamNo = 1, StreamPosition = frameTime, Idx = index, Model = "centernet", ModelVersion = "1",
        Class = "person", Score = 0.9f,
    };

    public static TrackRow Track(long track, long first) => new()
    {
        Camera = "street", Track = track, Class = "person", FirstTime = first, LastTime = first + 10, IsOver = true, Sightings = 3,
        BestScore = 0.75f, BestTime = first + 5, BoxLeft = 0.25f, BoxTop = 0.5f, BoxRight = 0.75f, BoxBottom = 1f,
    };

    public static SceneEventRow Event(string id, long at) => new()
    {
        Id = id, HappenedAt = at, Camera = "street", Kind = "enter", Zone = "door", Class = "person", Track = 7, Message = "A person entered the zone door.",
    };
}
