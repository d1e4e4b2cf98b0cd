using Weir.Database.Detections;
using Weir.Database.Rows;
using Weir.Database.Scenes;
using Weir.Database.Site;

namespace Weir.Database.Sinks;

/// <summary>
/// The rows that one event of a stream of results turns into. Rows are held against what their tables take as they are
/// added. For one caller at a time.
/// </summary>
public sealed class ResultRows
{
    private readonly List<DetectionRow> detections = [];
    private readonly List<TrackRow> tracks = [];
    private readonly List<SceneEventRow> sceneEvents = [];
    private readonly List<GapRow> gaps = [];
    private readonly RowCheck detectionCheck = new(DetectionTables.Detections.Name, DetectionTables.Detections.Columns);

    internal IReadOnlyList<DetectionRow> Detections => detections;

    internal IReadOnlyList<TrackRow> Tracks => tracks;

    internal IReadOnlyList<SceneEventRow> SceneEvents => sceneEvents;

    internal IReadOnlyList<GapRow> Gaps => gaps;

    /// <summary>Leaves out what was added, for the next event.</summary>
    internal void Clear()
    {
        detections.Clear();
        tracks.Clear();
        sceneEvents.Clear();
        gaps.Clear();
    }

    /// <summary>Adds a detection. Those of one frame come one after the other; their key is made by the sink.</summary>
    /// <exception cref="ArgumentException">A value does not fit its column; the message says which.</exception>
    public void Add(DetectionRow row)
    {
        detectionCheck.Begin();
        DetectionTables.Detections.Write(row, detectionCheck);
        detections.Add(row);
    }

    /// <summary>Adds a track: new, or in place of what was known of it.</summary>
    /// <exception cref="ArgumentException">A value does not fit its column; the message says which.</exception>
    public void Add(TrackRow row)
    {
        SceneTables.Tracks.Check(row);
        tracks.Add(row);
    }

    /// <summary>Adds a scene event; one whose id is there already changes nothing.</summary>
    /// <exception cref="ArgumentException">A value does not fit its column; the message says which.</exception>
    public void Add(SceneEventRow row)
    {
        SceneTables.SceneEvents.Check(row);
        sceneEvents.Add(row);
    }

    /// <summary>Adds a gap; one that is there already changes nothing.</summary>
    /// <exception cref="ArgumentException">A value does not fit its column; the message says which.</exception>
    public void Add(GapRow row)
    {
        SiteTables.Gaps.Check(row);
        gaps.Add(row);
    }
}
