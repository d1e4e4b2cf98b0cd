using Weir.Vision.Models;

namespace Weir.Vision.Tracking;

/// <summary>
/// Follows objects from frame to frame by ByteTrack (Zhang et al., 2022, https://arxiv.org/abs/2110.06864): tracks go on
/// to where a Kalman filter expects them, and are matched by overlap in two stages, first with the sure detections, then
/// those left with the weak ones, which are mostly objects half hidden. A third stage, with boxes grown by their half
/// (Yang et al., 2023, https://arxiv.org/abs/2211.14317), holds objects that are small and quick for the frame rate. Only
/// detections of one class are matched. Not thread-safe.
/// </summary>
internal sealed class ByteTracker(TrackingOptions options)
{
    /// <summary>ByteTrack's bounds of 1 - overlap for the first stage, the second, and tracks that are not confirmed.</summary>
    private const float Sure = 0.8f;
    private const float Weak = 0.5f;
    private const float New = 0.7f;

    /// <summary>The same for grown boxes, which must be near each other to overlap at all.</summary>
    private const float Grown = 0.9f;
    private const float Growth = 0.5f;

    private readonly List<Track> tracks = [];
    private readonly List<Track> ended = [];
    private long lastId;

    /// <summary>Tracks that are confirmed, in sight or not.</summary>
    public IEnumerable<Track> Confirmed => tracks.Where(track => track.IsConfirmed);

    /// <summary>Brings the tracks up to a frame.</summary>
    /// <param name="detections">What was found, also what is weak.</param>
    /// <param name="threshold">The least score of a sure detection.</param>
    /// <param name="time">Frame time in µs, rising.</param>
    /// <param name="picture">The size of the picture.</param>
    /// <returns>The track of each detection; null where it has none that is confirmed.</returns>
    public Track?[] Update(IReadOnlyList<Detection> detections, float threshold, long time, PictureSize picture)
    {
        foreach (var track in tracks) track.Predict(time);
        var owners = new Track?[detections.Count];
        List<int> sure = [.. Enumerable.Range(0, detections.Count).Where(i => detections[i].Score >= threshold)];
        List<int> weak = [.. Enumerable.Range(0, detections.Count).Where(i => detections[i].Score < threshold)];
        List<Track> known = [.. tracks.Where(track => track.IsConfirmed)];
        List<Track> fresh = [.. tracks.Where(track => !track.IsConfirmed)];

        Match(known, sure, Sure, 0);
        var inSight = known.Where(track => !track.IsLost).ToList();
        Match(inSight, weak, Weak, 0);
        known.RemoveAll(track => !track.IsLost && !inSight.Contains(track));
        Match(fresh, sure, New, 0);
        Match(known, sure, Grown, Growth);
        Match(fresh, sure, Grown, Growth);

        foreach (var track in known) track.Lose();
        foreach (var track in fresh) track.Lose();
        Retire(time);
        foreach (var index in sure) Begin(index);
        return [.. owners.Select(track => track is { IsConfirmed: true } ? track : null)];

        void Match(List<Track> candidates, List<int> found, float limit, float growth)
        {
            if (candidates.Count == 0 || found.Count == 0) return;
            var pairs = Assignment.Solve(Costs(candidates, found, detections, growth), limit);
            var (gone, used) = (new HashSet<Track>(), new HashSet<int>());
            for (var i = 0; i < pairs.Length; i++)
            {
                if (pairs[i] < 0) continue;
                var index = found[pairs[i]];
                candidates[i].See(detections[index], time);
                candidates[i].IsConfirmed |= candidates[i].Hits >= options.ConfirmAfter;
                owners[index] = candidates[i];
                gone.Add(candidates[i]);
                used.Add(index);
            }
            candidates.RemoveAll(gone.Contains);
            found.RemoveAll(used.Contains);
        }

        void Begin(int index)
        {
            lastId = Math.Max(time, lastId + 1);
            var track = new Track(lastId, detections[index], time, picture) { IsConfirmed = options.ConfirmAfter <= 1 };
            tracks.Add(track);
            owners[index] = track;
        }
    }

    /// <summary>The confirmed tracks that have ended since this was asked last.</summary>
    public IReadOnlyList<Track> TakeEnded()
    {
        if (ended.Count == 0) return [];
        Track[] taken = [.. ended];
        ended.Clear();
        return taken;
    }

    /// <summary>Ends all tracks, as when the camera stops.</summary>
    public void EndAll()
    {
        ended.AddRange(tracks.Where(track => track.IsConfirmed));
        tracks.Clear();
    }

    /// <summary>Lets tracks go that have been out of sight for too long; one that is not confirmed has no time at all.</summary>
    private void Retire(long time)
    {
        var keep = (long)options.KeepFor.TotalMicroseconds;
        for (var i = tracks.Count - 1; i >= 0; i--)
        {
            var track = tracks[i];
            if (!track.IsLost || track.IsConfirmed && time - track.LastTime <= keep) continue;
            if (track.IsConfirmed) ended.Add(track);
            tracks.RemoveAt(i);
        }
    }

    private static float[,] Costs(List<Track> tracks, List<int> found, IReadOnlyList<Detection> detections, float growth)
    {
        var costs = new float[tracks.Count, found.Count];
        for (var i = 0; i < tracks.Count; i++)
        {
            var expected = Grow(tracks[i].Box, growth);
            for (var j = 0; j < found.Count; j++)
            {
                var detection = detections[found[j]];
                costs[i, j] = detection.ClassIndex == tracks[i].ClassIndex ? 1 - expected.Overlap(Grow(detection.Box, growth)) : 2;
            }
        }
        return costs;
    }

    private static Box Grow(Box box, float part)
    {
        var (x, y) = ((box.Right - box.Left) * part, (box.Bottom - box.Top) * part);
        return new Box(box.Left - x, box.Top - y, box.Right + x, box.Bottom + y);
    }
}
