using System.Data.Common;
using System.Runtime.InteropServices;
using Dapper;
using Weir.Database.Detections;

namespace Weir.Database.Sinks;

/// <summary>
/// Knows how far the frames of each camera are stored, so that one that was published twice is stored once though it has
/// two places in the stream. Frames of a camera and model come in order of time: only one that is not newer than the
/// newest is looked for in the database. For one caller at a time.
/// </summary>
internal sealed class SeenFrames
{
    private readonly Dictionary<string, long> cameras = new(StringComparer.Ordinal);
    private readonly Dictionary<Source, long> newest = [];

    /// <summary>Forgets what it knows, since somebody else has stored frames meanwhile.</summary>
    public void Forget()
    {
        cameras.Clear();
        newest.Clear();
    }

    /// <summary>The rows whose frames are not stored yet; those of one frame stand together. It may be asked again for the same.</summary>
    public async Task<List<DetectionRow>> NewAsync(List<DetectionRow> rows, DbConnection connection, DbTransaction transaction)
    {
        if (rows.Count == 0) return rows;
        await LearnAsync(rows, connection, transaction);
        var doubtful = Doubtful(rows);
        if (doubtful.Count == 0) return rows;
        var stored = new HashSet<(Source, long)>();
        foreach (var (camera, range) in doubtful)
        {
            var frames = await connection.QueryAsync<(long Time, string Model, string Version)>(
                "SELECT DISTINCT frame_time, model, model_version FROM detections WHERE camera = @camera AND frame_time >= @First AND frame_time <= @Last",
                new { camera, range.First, range.Last }, transaction);
            foreach (var (time, model, version) in frames) stored.Add((new Source(camera, model, version), time));
        }
        return Keep(rows, stored);
    }

    /// <summary>These rows are stored for good.</summary>
    public void Stored(List<DetectionRow> rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0 && IsSameFrame(rows[i], rows[i - 1])) continue;
            ref var time = ref CollectionsMarshal.GetValueRefOrAddDefault(newest, Source.Of(rows[i]), out var isKnown);
            if (!isKnown || time < rows[i].FrameTime) time = rows[i].FrameTime;
        }
    }

    private async Task LearnAsync(List<DetectionRow> rows, DbConnection connection, DbTransaction transaction)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            var camera = rows[i].Camera;
            if ((i > 0 && ReferenceEquals(camera, rows[i - 1].Camera)) || cameras.ContainsKey(camera)) continue;
            cameras[camera] = await connection.ExecuteScalarAsync<long?>(
                "SELECT MAX(frame_time) FROM detections WHERE camera = @camera", new { camera }, transaction) ?? long.MinValue;
        }
    }

    /// <summary>The range of time, camera by camera, of frames that may be stored or stand in these rows twice.</summary>
    private Dictionary<string, (long First, long Last)> Doubtful(List<DetectionRow> rows)
    {
        var ranges = new Dictionary<string, (long First, long Last)>(StringComparer.Ordinal);
        var upTo = new Dictionary<Source, long>();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (i > 0 && IsSameFrame(row, rows[i - 1])) continue;
            var source = Source.Of(row);
            ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(upTo, source, out var isKnown);
            if (!isKnown) last = newest.TryGetValue(source, out var stored) ? stored : cameras[row.Camera];
            if (row.FrameTime > last)
            {
                last = row.FrameTime;
                continue;
            }
            ranges[row.Camera] = ranges.TryGetValue(row.Camera, out var range)
                ? (Math.Min(range.First, row.FrameTime), Math.Max(range.Last, row.FrameTime))
                : (row.FrameTime, row.FrameTime);
        }
        return ranges;
    }

    private static List<DetectionRow> Keep(List<DetectionRow> rows, HashSet<(Source, long)> stored)
    {
        var kept = new List<DetectionRow>(rows.Count);
        var isNew = false;
        for (var i = 0; i < rows.Count; i++)
        {
            if (i == 0 || !IsSameFrame(rows[i], rows[i - 1])) isNew = stored.Add((Source.Of(rows[i]), rows[i].FrameTime));
            if (isNew) kept.Add(rows[i]);
        }
        return kept;
    }

    private static bool IsSameFrame(DetectionRow one, DetectionRow other) =>
        one.StreamPosition == other.StreamPosition && one.FrameTime == other.FrameTime && one.Camera == other.Camera && one.Model == other.Model
        && one.ModelVersion == other.ModelVersion;

    private readonly record struct Source(string Camera, string Model, string Version)
    {
        public static Source Of(DetectionRow row) => new(row.Camera, row.Model, row.ModelVersion);
    }
}
