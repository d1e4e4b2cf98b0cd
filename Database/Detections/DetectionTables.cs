using Weir.Database.Rows;

namespace Weir.Database.Detections;

/// <summary>How detections, their words and their counts lie in their tables.</summary>
internal static class DetectionTables
{
    public static readonly RowTable<DetectionRow> Detections = new(
        "detections",
        ["frame_time", "stream_no", "stream_position", "idx"],
        [
            "frame_number", RowColumn.Text("camera", 64), RowColumn.Text("model", 64), RowColumn.Text("model_version", 64), RowColumn.Text("class", 64), "score",
            "box_left", "box_top", "box_right", "box_bottom", "track", RowColumn.OptionalText("zone", 64), RowColumn.OptionalText("read_text", 255),
            RowColumn.OptionalText("attributes", 16_000), "stored_at",
        ],
        (row, values) =>
        {
            values.Add(row.FrameTime);
            values.Add(row.StreamNo);
            values.Add(row.StreamPosition);
            values.Add(row.Idx);
            values.Add(row.FrameNumber);
            values.Add(row.Camera);
            values.Add(row.Model);
            values.Add(row.ModelVersion);
            values.Add(row.Class);
            values.Add((double)row.Score);
            values.Add((double)row.BoxLeft);
            values.Add((double)row.BoxTop);
            values.Add((double)row.BoxRight);
            values.Add((double)row.BoxBottom);
            values.Add(row.Track);
            values.Add(row.Zone);
            values.Add(row.ReadText);
            values.Add(row.Attributes);
            values.Add(row.StoredAt);
        })
    {
        IsLoadable = true,
    };

    public static readonly RowTable<DetectionWord> Words = new(
        "detection_words",
        [RowColumn.Text("word", SearchWords.MaxLength), "frame_time", "stream_no", "stream_position", "idx"],
        [RowColumn.Text("camera", 64)],
        (row, values) =>
        {
            values.Add(row.Word);
            values.Add(row.Key.FrameTime);
            values.Add(row.Key.StreamNo);
            values.Add(row.Key.StreamPosition);
            values.Add(row.Key.Idx);
            values.Add(row.Camera);
        })
    {
        IsLoadable = true,
    };

    /// <summary>The words by which detections are found.</summary>
    public static IReadOnlyList<DetectionWord> WordsOf(IEnumerable<DetectionRow> rows) =>
        [.. rows.Where(row => row.ReadText is not null)
            .SelectMany(row => SearchWords.Of(row.ReadText).Select(word => new DetectionWord(word, row.Key, row.Camera)))];
}

/// <summary>A word that was read on a detection.</summary>
internal readonly record struct DetectionWord(string Word, DetectionKey Key, string Camera);
