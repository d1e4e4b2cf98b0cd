using System.Diagnostics;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;

namespace Weir.Benchmarks.Vision;

/// <summary>
/// Cameras at a rate of their own, as they are in life: the time from frame to detection, what a frame costs of the
/// processor in ffmpeg and in this process, and what a camera takes of memory.
/// </summary>
internal static class VisionLive
{
    /// <param name="model">The model.</param>
    /// <param name="video">What the cameras play.</param>
    /// <param name="cameras">How many they are.</param>
    /// <param name="rate">Frames a second of each.</param>
    /// <param name="alone">What a picture takes in the model alone, in milliseconds: of time, and of a processor.</param>
    /// <param name="time">How long it is measured.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<Figure>> RunAsync(
        DetectionModel model, string video, int cameras, int rate, (double Wall, double Cpu) alone, TimeSpan time, CancellationToken cancellationToken)
    {
        // What the cameras before have left is given back first; what these have not collected yet counts.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        var before = Memory();
        var pipelines = Enumerable.Range(1, cameras).Select(n => new CameraPipeline(
            new CameraOptions { Id = $"camera-{n}", Url = video, Loop = true, MaxFrameRate = rate }, model)).ToList();
        try
        {
            foreach (var pipeline in pipelines) pipeline.Start();
            foreach (var pipeline in pipelines) await pipeline.Results.ReadAsync(cancellationToken);
            var decoders = pipelines.Select(pipeline => pipeline.Status.DecoderProcessId!.Value).ToList();
            var (decodedBefore, ownBefore, framesBefore) = (ProcessorTime.Of(decoders), ProcessorTime.OfThis, Frames());
            var clock = Stopwatch.StartNew();
            var delays = await Task.WhenAll(pipelines.Select(pipeline => ReadAsync(pipeline, clock, time, cancellationToken)));
            var (elapsed, frames, ownAfter) = (clock.Elapsed, Frames() - framesBefore, ProcessorTime.OfThis);
            var decoded = (ProcessorTime.Of(decoders) - decodedBefore).TotalMilliseconds / frames;
            var all = delays.SelectMany(delay => delay).Order().ToList();
            var own = (ownAfter - ownBefore).TotalMilliseconds / all.Count;
            var taken = (Memory() - before) / (1024.0 * 1024) / cameras;
            var skipped = pipelines.Sum(pipeline => pipeline.Status.Statistics.Skipped);
            var name = $"{cameras} cameras at {rate}/s";
            const string peer = "one picture through the model alone";
            return
            [
                new Figure($"{name}: frame to detection, p50", At(all, 0.5), "ms", peer, alone.Wall),
                new Figure($"{name}: frame to detection, p99", At(all, 0.99), "ms", peer, alone.Wall),
                new Figure($"{name}: frames looked at", all.Count / elapsed.TotalSeconds, "frames/s", "frames that came", frames / elapsed.TotalSeconds),
                new Figure($"{name}: skipped", skipped, "frames"),
                new Figure($"{name}: CPU of ffmpeg (decode, scale, JPEG)", decoded, "ms/frame", "the model alone, its CPU", alone.Cpu),
                new Figure($"{name}: CPU of Weir with the model", own, "ms/frame", "the model alone, its CPU", alone.Cpu),
                new Figure($"{name}: memory a camera beyond ffmpeg (goal: under 40)", taken, "MiB"),
            ];
        }
        finally
        {
            foreach (var pipeline in pipelines) await pipeline.DisposeAsync();
        }

        long Frames() => pipelines.Sum(pipeline => pipeline.Status.Statistics.Frames);
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
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
