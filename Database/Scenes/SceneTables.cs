using Weir.Database.Rows;

namespace Weir.Database.Scenes;

/// <summary>How tracks and scene events lie in their tables.</summary>
internal static class SceneTables
{
    public static readonly RowTable<TrackRow> Tracks = new(
        "tracks",
        [RowColumn.Text("camera", 64), "track"],
        [
            RowColumn.Text("class", 64), "first_time", "last_time", "is_over", "sightings", "best_score", "best_time",
            "box_left", "box_top", "box_right", "box_bottom", RowColumn.OptionalText("zone", 64), RowColumn.OptionalText("read_text", 255), RowColumn.OptionalText("attributes", 16_000),
            RowColumn.OptionalText("evidence", 64), RowColumn.OptionalText("frame_evidence", 64),
        ],
        (row, values) =>
        {
            values.Add(row.Camera);
            values.Add(row.Track);
            values.Add(row.Class);
            values.Add(row.FirstTime);
            values.Add(row.LastTime);
            values.Add(row.IsOver ? 1 : 0);
            values.Add(row.Sightings);
            values.Add((double)row.BestScore);
            values.Add(row.BestTime);
            values.Add((double)row.BoxLeft);
            values.Add((double)row.BoxTop);
            values.Add((double)row.BoxRight);
            values.Add((double)row.BoxBottom);
            values.Add(row.Zone);
            values.Add(row.ReadText);
            values.Add(row.Attributes);
            values.Add(row.Evidence);
            values.Add(row.FrameEvidence);
        });

    public static readonly RowTable<SceneEventRow> SceneEvents = new(
        "scene_events",
        [RowColumn.Text("id", 96)],
        [
            "happened_at", RowColumn.Text("camera", 64), RowColumn.Text("kind", 32), RowColumn.OptionalText("zone", 64), RowColumn.OptionalText("class", 64), "track", RowColumn.OptionalText("direction", 16),
            "amount", RowColumn.Text("message", 2000), RowColumn.OptionalText("attributes", 16_000), RowColumn.OptionalText("evidence", 64),
        ],
        (row, values) =>
        {
            values.Add(row.Id);
            values.Add(row.HappenedAt);
            values.Add(row.Camera);
            values.Add(row.Kind);
            values.Add(row.Zone);
            values.Add(row.Class);
            values.Add(row.Track);
            values.Add(row.Direction);
            values.Add(row.Amount);
            values.Add(row.Message);
            values.Add(row.Attributes);
            values.Add(row.Evidence);
        });

    public static readonly RowTable<SceneEventWord> SceneEventWords = new(
        "scene_event_words",
        [RowColumn.Text("word", SearchWords.MaxLength), "happened_at", RowColumn.Text("id", 96)],
        [RowColumn.Text("camera", 64)],
        (row, values) =>
        {
            values.Add(row.Word);
            values.Add(row.HappenedAt);
            values.Add(row.Id);
            values.Add(row.Camera);
        });

    /// <summary>The words by which events are found.</summary>
    public static IReadOnlyList<SceneEventWord> WordsOf(IEnumerable<SceneEventRow> rows) =>
        [.. rows.SelectMany(row => SearchWords.Of(row.Message).Select(word => new SceneEventWord(word, row.HappenedAt, row.Id, row.Camera)))];
}

/// <summary>A word of a scene event's message.</summary>
internal readonly record struct SceneEventWord(string Word, long HappenedAt, string Id, string Camera);
