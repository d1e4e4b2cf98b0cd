using System.Diagnostics;
using Weir.Vision.Models;
using Weir.Vision.Motion;
using Weir.Vision.Scene;
using Weir.Vision.Tracking;

namespace Weir.Benchmarks.Vision;

/// <summary>What each stage of a frame's way takes of one core, beside the model.</summary>
internal static class VisionStages
{
    private static readonly PictureSize Picture = new(1280, 720);

    public static IReadOnlyList<Figure> Run(DetectionModel model, double aloneMilliseconds)
    {
        const string peer = "one picture through the model alone";
        var input = model.Description.Input;
        var pixels = new byte[input.Width * input.Height * 3];
        new Random(1).NextBytes(pixels);
        var thumbnail = new Thumbnail(input.Width, input.Height);
        var scene = new SceneWatch(new SceneOptions());
        var gate = new MotionGate(new MotionOptions(), scene.Watched(thumbnail.Width, thumbnail.Height, PictureGeometry.Of(input, Picture)));
        var tracker = new ByteTracker(new TrackingOptions());
        var full = new byte[Picture.Width * Picture.Height * 3];
        var crop = new byte[320 * 320 * 3];
        var cropInput = input with { Width = 320, Height = 320, Fit = PictureFit.Letterbox };
        var time = 0L;
        return
        [
            Stage("motion gate, 512x512", () => { thumbnail.Fill(pixels); gate.Look(thumbnail.Grey, time += 100_000); }),
            Stage("tracker, 20 objects", () => tracker.Update(Walkers(time += 100_000), 0.4f, time, Picture)),
            Stage("part of 300x200 cut out to 320x320", () => Resampling.Crop(full, Picture, new PixelArea(400, 300, 300, 200), false, cropInput, crop)),
        ];

        Figure Stage(string name, Action step) => new($"stage: {name}", Milliseconds(step), "ms", peer, aloneMilliseconds);
    }

    private static List<Detection> Walkers(long time) =>
        [.. Enumerable.Range(0, 20).Select(n =>
        {
            var left = (n * 0.05f + time * 2e-9f) % 0.95f;
            return new Detection("person", 0, 0.6f, new Box(left, 0.04f * n, left + 0.04f, 0.04f * n + 0.15f));
        })];

    private static double Milliseconds(Action step)
    {
        for (var i = 0; i < 50; i++) step();
        const int rounds = 300;
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < rounds; i++) step();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds / rounds;
    }
}
