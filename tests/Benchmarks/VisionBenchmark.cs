using System.Diagnostics;
using Weir.Benchmarks.Vision;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;

namespace Weir.Benchmarks;

/// <summary>
/// What decoding, scaling and moving frames about costs: frames a second through whole cameras, beside the same model
/// on the same lanes with pictures that are there already. The two take turns in short rounds, so that other work on
/// the machine meets both alike. As it never does so quite, frames a second of processor time, this process's and
/// that of its decoders, are told as well: on a machine with nothing else to do the two ratios are the same.
/// </summary>
internal sealed class VisionBenchmark : IBenchmark
{
    private static readonly string Video =
        Environment.GetEnvironmentVariable("WEIR_TEST_VIDEO") ?? "/usr/share/doc/opencv-doc/examples/data/vtest.avi";
    private static readonly PictureSize Picture = new(768, 576);

    public string Name => "vision";

    public string Description =>
        "cameras (decode, scale, model, detections) against the model alone; options cameras (two a core), rounds=3, seconds=3, rate=2";

    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var cameras = arguments.Number("cameras", 2 * Environment.ProcessorCount);
        var rounds = arguments.Number("rounds", 3);
        var round = TimeSpan.FromSeconds(arguments.Number("seconds", 3));
        if (!File.Exists(Video)) throw new FileNotFoundException($"{Video} is not here; ./bench.sh fetches it.");

        var folder = await VisionModelFolder.FindAsync(cancellationToken);
        using var model = DetectionModel.Load(folder);
        await AloneAsync(model, cameras, TimeSpan.FromSeconds(1), cancellationToken);
        Console.WriteLine($"{model.Lanes} lanes, {cameras} cameras, {rounds} rounds of 3 x {round.TotalSeconds} s");

        var (alone, whole, pictured) = (new List<Rate>(), new List<Rate>(), new List<Rate>());
        for (var i = 0; i < rounds; i++)
        {
            alone.Add(await AloneAsync(model, cameras, round, cancellationToken));
            whole.Add(await CamerasAsync(model, cameras, round, jpegWidth: 0, cancellationToken));
            pictured.Add(await CamerasAsync(model, cameras, round, jpegWidth: 1280, cancellationToken));
            Console.WriteLine($"round {i + 1}, frames/s (frames a CPU second): "
                + $"alone {alone[^1]}, cameras {whole[^1]}, cameras with pictures {pictured[^1]}");
        }
        const string peer = "model alone, same lanes";
        var single = model.Lanes * 1000 / Wall(alone);
        var cpu = 1000 / Cpu(alone);
        var live = new List<Figure>();
        foreach (var number in new[] { 1, 2, 4 })
            live.AddRange(await VisionLive.RunAsync(model, Video, number, arguments.Number("rate", 2), (single, cpu), 2 * round, cancellationToken));
        return
        [
            new Figure("camera to detections", Wall(whole), "frames/s", peer, Wall(alone), 0.95),
            new Figure("camera to detections, by CPU", Cpu(whole), "frames/CPU s", peer, Cpu(alone), 0.95),
            new Figure("camera to detections and JPEG of each frame", Wall(pictured), "frames/s", peer, Wall(alone)),
            new Figure("the same, by CPU", Cpu(pictured), "frames/CPU s", peer, Cpu(alone)),
            new Figure("start to first detections, file", await FirstFrameAsync(model, cancellationToken), "ms"),
            .. live,
            .. VisionStages.Run(model, single),
            .. await VisionBatches.RunAsync(folder, round, cancellationToken),
        ];

        static double Wall(List<Rate> rates) => rates.Average(rate => rate.PerSecond);
        static double Cpu(List<Rate> rates) => rates.Average(rate => rate.PerCpuSecond);
    }

    /// <summary>The model with prepared pictures: as many in flight as there would be cameras.</summary>
    private static async Task<Rate> AloneAsync(DetectionModel model, int callers, TimeSpan time, CancellationToken cancellationToken)
    {
        var frames = 0L;
        var clock = Stopwatch.StartNew();
        var before = CpuTime([]);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            using var input = model.CreateInput();
            while (clock.Elapsed < time)
            {
                await model.DetectAsync(input, Picture, null, cancellationToken);
                Interlocked.Increment(ref frames);
            }
        }));
        return new Rate(frames, clock.Elapsed, CpuTime([]) - before);
    }

    /// <summary>
    /// Whole cameras on a file that is read as fast as the model takes it; the time of starting does not count.
    /// </summary>
    private static async Task<Rate> CamerasAsync(
        DetectionModel model, int cameras, TimeSpan time, int jpegWidth, CancellationToken cancellationToken)
    {
        var frames = 0L;
        var clock = new Stopwatch();
        var pipelines = Enumerable.Range(1, cameras).Select(n => new CameraPipeline(
            new CameraOptions { Id = $"camera-{n}", Url = Video, Loop = true, Pacing = FramePacing.Model, JpegWidth = jpegWidth },
            model)).ToList();
        try
        {
            foreach (var pipeline in pipelines) pipeline.Start();
            foreach (var pipeline in pipelines) await pipeline.Results.ReadAsync(cancellationToken);
            clock.Start();
            var before = CpuTime(pipelines);
            await Task.WhenAll(pipelines.Select(async pipeline =>
            {
                while (clock.Elapsed < time)
                {
                    await pipeline.Results.ReadAsync(cancellationToken);
                    Interlocked.Increment(ref frames);
                }
            }));
            return new Rate(frames, clock.Elapsed, CpuTime(pipelines) - before);
        }
        finally
        {
            foreach (var pipeline in pipelines) await pipeline.DisposeAsync();
        }
    }

    private static async Task<double> FirstFrameAsync(DetectionModel model, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            var clock = Stopwatch.StartNew();
            await using var pipeline = new CameraPipeline(new CameraOptions { Id = "first", Url = Video }, model);
            pipeline.Start();
            await pipeline.Results.ReadAsync(cancellationToken);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        return Measurements.Median(times);
    }

    /// <summary>Processor time of this process and of the cameras' decoders.</summary>
    private static TimeSpan CpuTime(List<CameraPipeline> pipelines) =>
        ProcessorTime.OfThis + ProcessorTime.Of(pipelines.Select(pipeline => pipeline.Status.DecoderProcessId!.Value));

    private readonly record struct Rate(long Frames, TimeSpan Elapsed, TimeSpan Cpu)
    {
        public double PerSecond => Frames / Elapsed.TotalSeconds;

        public double PerCpuSecond => Frames / Cpu.TotalSeconds;

        public override string ToString() => $"{PerSecond:0.0} ({PerCpuSecond:0.0})";
    }
}
