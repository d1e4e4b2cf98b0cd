using System.Data.Common;
using Weir.Database.Rows;

namespace Weir.Database.Detections;

/// <summary>How detections lie in their table, and what they are found by in tables of their own.</summary>
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

    private static readonly RowTable<NamedDetection> Words = OfNames("detection_words", "word", SearchWords.MaxLength);

    private static readonly RowTable<NamedDetection> Zones = OfNames("detection_zones", "zone", 64);

    /// <summary>Stores detections with what they are found by; it blocks until they are. One that is there already stays as it is.</summary>
    public static void Store(SiteDatabase database, DbConnection connection, DbTransaction transaction, IReadOnlyList<DetectionRow> rows)
    {
        database.Insert(connection, transaction, Detections, rows);
        database.Insert(connection, transaction, Words, WordsOf(rows));
        database.Insert(connection, transaction, Zones, ZonesOf(rows));
    }

    /// <summary>The words of what was read, each with its detection.</summary>
    private static List<NamedDetection> WordsOf(IReadOnlyList<DetectionRow> rows) =>
        [.. rows.Where(row => row.ReadText is not null)
            .SelectMany(row => SearchWords.Of(row.ReadText).Select(word => new NamedDetection(word, row.Key, row.Camera)))];

    private static List<NamedDetection> ZonesOf(IReadOnlyList<DetectionRow> rows) =>
        [.. rows.Where(row => row.Zone is not null).Select(row => new NamedDetection(row.Zone!, row.Key, row.Camera))];

    private static RowTable<NamedDetection> OfNames(string table, string column, int maxLength) => new(
        table,
        [RowColumn.Text(column, maxLength), "frame_time", "stream_no", "stream_position", "idx"],
        [RowColumn.Text("camera", 64)],
        (row, values) =>
        {
            values.Add(row.Name);
            values.Add(row.Key.FrameTime);
            values.Add(row.Key.StreamNo);
            values.Add(row.Key.StreamPosition);
            values.Add(row.Key.Idx);
            values.Add(row.Camera);
        })
    {
        IsLoadable = true,
    };

    /// <summary>A word or zone, and a detection that is found by it.</summary>
    private readonly record struct NamedDetection(string Name, DetectionKey Key, string Camera);
}
