using System.Diagnostics;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;

namespace Weir.Benchmarks.Vision;

/// <summary>Cameras at a rate of their own, as they are in life: the time from frame to detection, and what a camera takes of memory.</summary>
internal static class VisionLive
{
    public static async Task<IReadOnlyList<Figure>> RunAsync(
        DetectionModel model, string video, int cameras, int rate, double aloneMilliseconds, TimeSpan time, CancellationToken cancellationToken)
    {
        var before = Memory();
        var pipelines = Enumerable.Range(1, cameras).Select(n => new CameraPipeline(
            new CameraOptions { Id = $"camera-{n}", Url = video, Loop = true, MaxFrameRate = rate }, model)).ToList();
        try
        {
            foreach (var pipeline in pipelines) pipeline.Start();
            foreach (var pipeline in pipelines) await pipeline.Results.ReadAsync(cancellationToken);
            var clock = Stopwatch.StartNew();
            var delays = await Task.WhenAll(pipelines.Select(pipeline => ReadAsync(pipeline, clock, time, cancellationToken)));
            var all = delays.SelectMany(delay => delay).Order().ToList();
            var taken = (Memory() - before) / (1024.0 * 1024) / cameras;
            var skipped = pipelines.Sum(pipeline => pipeline.Status.Statistics.Skipped);
            var name = $"{cameras} cameras at {rate}/s";
            const string peer = "one picture through the model alone";
            return
            [
                new Figure($"{name}: frame to detection, p50", At(all, 0.5), "ms", peer, aloneMilliseconds),
                new Figure($"{name}: frame to detection, p99", At(all, 0.99), "ms", peer, aloneMilliseconds),
                new Figure($"{name}: frames looked at", all.Count / clock.Elapsed.TotalSeconds, "frames/s", "frames that came", cameras * (double)rate),
                new Figure($"{name}: skipped", skipped, "frames"),
                new Figure($"{name}: memory a camera beyond ffmpeg (goal: under 40)", taken, "MiB"),
            ];
        }
        finally
        {
            foreach (var pipeline in pipelines) await pipeline.DisposeAsync();
        }
    }

    /// <summary>From when a frame has come out of the decoder to when its detections are there, in milliseconds.</summary>
    private static async Task<List<double>> ReadAsync(CameraPipeline pipeline, Stopwatch clock, TimeSpan time, CancellationToken cancellationToken)
    {
        var delays = new List<double>();
        while (clock.Elapsed < time)
        {
            var result = await pipeline.Results.ReadAsync(cancellationToken);
            var now = (DateTimeOffset.UtcNow.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            delays.Add((now - result.IngestTime) / 1000.0);
        }
        return delays;
    }

    private static double At(List<double> sorted, double part) => sorted.Count == 0 ? double.NaN : sorted[(int)(part * (sorted.Count - 1))];

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
