using System.Diagnostics;
using Weir.Vision.Models;

namespace Weir.Benchmarks.Vision;

/// <summary>
/// What the choices of threads and batches rest on: the models whose file leaves it open with several pictures a run, as it
/// is found by measuring, beside one; and one lane with all cores beside a lane a core. The two of a pair take turns in
/// short rounds.
/// </summary>
internal static class VisionBatches
{
    private const int Rounds = 4;
    private static readonly PictureSize Picture = new(1280, 720);

    /// <param name="detector">The folder of the detector; the other models lie beside it.</param>
    /// <param name="round">How long a round takes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<Figure>> RunAsync(string detector, TimeSpan round, CancellationToken cancellationToken)
    {
        var figures = new List<Figure>();
        foreach (var name in new[] { "text-direction", "text-read", "text-find" })
        {
            var folder = Path.Combine(Path.GetDirectoryName(detector)!, name);
            if (!Directory.Exists(folder)) continue;
            using var one = DetectionModel.Load(folder, new DetectionModelOptions { Batch = 1 });
            using var measured = DetectionModel.Load(folder);
            // The size is found on the way.
            await RateAsync(measured, 2 * round, cancellationToken);
            var (several, single) = await CompareAsync(measured, one, round, cancellationToken);
            Console.WriteLine($"{name}: {measured.Batch.Reason}");
            figures.Add(new Figure($"batches: {name}, {measured.Batch.Size} at a time", several, "pictures/s", "one at a time, same lanes", single));
        }
        var cores = Environment.ProcessorCount;
        using var divided = DetectionModel.Load(detector, new DetectionModelOptions { Lanes = 1, ThreadsPerLane = Math.Min(cores, 64) });
        using var apart = DetectionModel.Load(detector);
        var (together, each) = await CompareAsync(divided, apart, round, cancellationToken);
        figures.Add(new Figure($"threads: {cores} on one picture", together, "pictures/s", "a picture a core", each));
        return figures;
    }

    private static async Task<(double First, double Second)> CompareAsync(
        DetectionModel first, DetectionModel second, TimeSpan round, CancellationToken cancellationToken)
    {
        var (ofFirst, ofSecond) = (0.0, 0.0);
        for (var i = 0; i < Rounds; i++)
        {
            ofFirst += await RateAsync(first, round, cancellationToken);
            ofSecond += await RateAsync(second, round, cancellationToken);
        }
        return (ofFirst / Rounds, ofSecond / Rounds);
    }

    /// <summary>Pictures a second while more wait than the lanes can take.</summary>
    private static async Task<double> RateAsync(DetectionModel model, TimeSpan time, CancellationToken cancellationToken)
    {
        const int group = 8;
        var pictures = 0L;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(async seed =>
        {
            var inputs = Enumerable.Range(0, group).Select(_ => model.CreateInput()).ToList();
            var random = new Random(seed);
            foreach (var input in inputs) random.NextBytes(input.Pixels.Span);
            while (clock.Elapsed < time)
            {
                await model.DetectAsync([.. inputs.Select(input => new ModelPicture(input, Picture))], null, cancellationToken);
                Interlocked.Add(ref pictures, group);
            }
            foreach (var input in inputs) input.Dispose();
        }));
        return pictures / clock.Elapsed.TotalSeconds;
    }
}
