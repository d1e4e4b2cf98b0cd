using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Scene;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Pipeline;

/// <summary>
/// The first half minute of vtest.avi through a whole camera, at five frames a second. What is expected was seen by eye on
/// the video: who walks where, and who crosses the line.
/// </summary>
public sealed class StreetTests(CenterNet centerNet)
{
    /// <summary>Across the path, from its far side to the lawn.</summary>
    private static readonly SceneLine Line = new() { Name = "path", From = new(0.72f, 0.40f), To = new(0.72f, 0.85f), Classes = ["person"] };

    /// <summary>Where five people stand, and where they stand five seconds later: time in seconds, and the middle of their lower edge.</summary>
    private static readonly (double Time, ScenePoint Place, ScenePoint Later)[] Walks =
    [
        (3.5, new(0.808f, 0.585f), new(0.604f, 0.41f)),
        (3.5, new(0.845f, 0.58f), new(0.64f, 0.41f)),
        (5.5, new(0.86f, 0.62f), new(0.795f, 0.387f)),
        (21.5, new(0.852f, 0.71f), new(0.418f, 0.50f)),
        (24.5, new(0.852f, 0.64f), new(0.456f, 0.51f)),
    ];

    [Fact]
    public async Task People_keep_their_ids_over_five_seconds_and_the_line_counts_as_a_person_does()
    {
        Pedestrians.Require();
        using var folder = new TestFolder();
        var options = new CameraOptions
        {
            Id = "street", Url = Pedestrians.Clip(folder["clip.mkv"], 0, 300), Pacing = FramePacing.Model, MaxFrameRate = 5, JpegWidth = 0,
            Scene = new SceneOptions { Lines = [Line] },
        };
        await using var pipeline = new CameraPipeline(options, centerNet.Model);
        pipeline.Start();

        var results = await Eventually.Results(pipeline, int.MaxValue);

        Assert.Equal(150, results.Count);
        var kept = Walks.Where(walk => IdAt(results, walk.Time, walk.Place) is { } id && id == IdAt(results, walk.Time + 5, walk.Later)).ToList();
        Assert.True(kept.Count >= 4, $"{kept.Count} of 5 kept their ids: "
            + string.Join("; ", Walks.Select(walk => $"{walk.Time} s {IdAt(results, walk.Time, walk.Place)} -> {IdAt(results, walk.Time + 5, walk.Later)}")));

        var crossings = results.SelectMany(result => result.Events.Select(happened => (result.MediaTime, Event: happened)))
            .Where(happened => happened.Event.Kind == SceneEventKind.LineCrossed).ToList();
        var told = string.Join("; ", crossings.Select(crossing => $"{crossing.MediaTime / 1e6:0.0} s {crossing.Event.Direction}"));
        // Eight walk to the left of the picture, which is in, and three to the right.
        Assert.True(crossings.Count is >= 10 and <= 12, told);
        Assert.True(crossings.Count(crossing => crossing.Event.Direction == "in") is >= 7 and <= 9, told);
        Assert.True(crossings.Count(crossing => crossing.Event.Direction == "out") is >= 2 and <= 4, told);

        Assert.NotEmpty(results.SelectMany(result => result.EndedTracks));
        Assert.All(results.SelectMany(result => result.EndedTracks).Concat(pipeline.LastTracks), track =>
        {
            Assert.True(track.LastTime > track.FirstTime && track.Detections >= 3 && track.BestScore >= 0.2f);
            Assert.NotEmpty(track.Path);
        });
    }

    private static long? IdAt(List<FrameResult> results, double seconds, ScenePoint place)
    {
        var frame = results.MinBy(result => Math.Abs(result.MediaTime - seconds * 1e6))!;
        var near = frame.Detections.Where(found => found.Class == "person")
            .Select(found => (found.Track, Distance: Math.Max(Math.Abs((found.Box.Left + found.Box.Right) / 2 - place.X), Math.Abs(found.Box.Bottom - place.Y))))
            .Where(found => found.Distance < 0.035).OrderBy(found => found.Distance).FirstOrDefault();
        return near.Track;
    }
}
