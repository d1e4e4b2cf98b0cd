using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weir.Streams.SegmentLog;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Recording.Replay;
using Weir.Vision.Recording.Store;

namespace Weir.Benchmarks;

/// <summary>
/// What recording costs: processor time of this process and its ffmpegs for a number of cameras of 1280x720, 25 pictures
/// and 3 Mbit a second, beside as many ffmpegs that write the same video to files by themselves, at the same time. And
/// how long replay takes to its first picture: playlist, initialisation and segment out of the store, decoded by ffmpeg,
/// beside ffmpeg with a plain file.
/// </summary>
internal sealed class RecordingBenchmark : IBenchmark
{
    private const string Source = "testsrc2=s=1280x720:r=25,noise=alls=6:allf=t";
    private const long Second = 1_000_000;

    public string Name => "recording";

    public string Description => "cameras recorded, against ffmpeg writing files; replay's first picture; options cameras=4, seconds=20";

    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var cameras = arguments.Number("cameras", 4);
        var seconds = arguments.Number("seconds", 20);
        var folder = Directory.CreateTempSubdirectory("weir-recording-").FullName;
        try
        {
            var video = Path.Combine(folder, "camera.mp4");
            await RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", Source, "-t", "20", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "25", "-b:v", "3M", "-maxrate", "3M", "-bufsize", "3M", video]);
            await using var store = new SegmentLogStore(new SegmentLogOptions { Directory = Path.Combine(folder, "streams") });
            var (recorded, ownPart, plain) = await RecordAsync(store, folder, video, cameras, seconds, cancellationToken);
            var (replay, file) = await FirstPictureAsync(store, folder, video, cancellationToken);
            return
            [
                new Figure($"{cameras} cameras recorded, goal at most 10", recorded * 100, "% of a core", "ffmpeg -c copy to files", plain * 100),
                new Figure("of that in Weir itself", ownPart * 100, "% of a core", "with its ffmpegs", recorded * 100),
                new Figure("replay's first picture, goal at most 500", replay, "ms", "ffmpeg, plain file", file),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double Recorded, double OwnPart, double Plain)> RecordAsync(
        SegmentLogStore store, string folder, string video, int cameras, int seconds, CancellationToken cancellationToken)
    {
        var children = new List<Process>();
        var recorders = new List<Recorder>();
        try
        {
            for (var i = 0; i < cameras; i++)
            {
                // The camera itself, which is no part of what is measured, once for Weir and once for ffmpeg alone.
                var (own, other) = (Port(), Port());
                children.Add(Camera(video, own));
                children.Add(Camera(video, other));
                await Task.Delay(300, cancellationToken);
                recorders.Add(new Recorder(
                    new RecorderOptions { Camera = Id(i), Url = $"tcp://127.0.0.1:{own}" }, VideoStore.OfCamera(store, Id(i))));
            }
            var plain = Enumerable.Range(0, cameras).Select(i => Start("ffmpeg",
                ["-v", "error", "-nostdin", "-y", "-i", $"tcp://127.0.0.1:{children[2 * i + 1].StartInfo.ArgumentList[^1].Split(':', '?')[2]}", "-map", "0:v:0", "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", Path.Combine(folder, $"plain-{i}.mp4")])).ToList();
            children.AddRange(plain);
            while (recorders.Any(recorder => recorder.Status.Fragments < 3)) await Task.Delay(100, cancellationToken);

            var clock = Stopwatch.StartNew();
            var before = Now();
            await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
            var (after, elapsed) = (Now(), clock.Elapsed);
            var ownPart = (after.Own - before.Own) / elapsed;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{recorders.Sum(recorder => recorder.Status.Bytes) / 1e6:0.0} MB stored, {recorders.Sum(recorder => recorder.Status.Gaps)} gaps"));
            return (ownPart + (after.Copying - before.Copying) / elapsed, ownPart, (after.Plain - before.Plain) / elapsed);

            (TimeSpan Own, TimeSpan Copying, TimeSpan Plain) Now() => (
                ProcessorTime.OfThis, ProcessorTime.Of(recorders.Select(recorder => recorder.Status.ProcessId!.Value)), ProcessorTime.Of(plain.Select(process => process.Id)));
        }
        finally
        {
            foreach (var recorder in recorders) await recorder.DisposeAsync();
            foreach (var child in children)
            {
                if (!child.HasExited) child.Kill();
                await child.WaitForExitAsync(CancellationToken.None);
                child.Dispose();
            }
        }
    }

    /// <summary>The median of some tries each.</summary>
    private static async Task<(double Replay, double File)> FirstPictureAsync(
        SegmentLogStore store, string folder, string video, CancellationToken cancellationToken)
    {
        var recorded = VideoStore.OfCamera(store, Id(0));
        var entries = await recorded.ReadAsync(0, long.MaxValue, cancellationToken);
        var middle = entries[entries.Count / 2].Time;
        var (replays, files) = (new List<double>(), new List<double>());
        var part = Path.Combine(folder, "first.mp4");
        for (var i = 0; i < 9; i++)
        {
            var clock = Stopwatch.StartNew();
            var range = await recorded.ReadAsync(middle, middle + 3600 * Second, cancellationToken);
            _ = HlsPlaylist.Write(range);
            await using (var file = File.Create(part))
            {
                await file.WriteAsync(await recorded.ReadInitAsync(range[0].Position, cancellationToken), cancellationToken);
                await file.WriteAsync(await recorded.ReadFragmentsAsync(range[0].Position, 1, cancellationToken), cancellationToken);
            }
            await DecodeFirstAsync(part);
            replays.Add(clock.Elapsed.TotalMilliseconds);

            clock.Restart();
            await DecodeFirstAsync(video);
            files.Add(clock.Elapsed.TotalMilliseconds);
        }
        return (Measurements.Median(replays), Measurements.Median(files));
    }

    private static Task DecodeFirstAsync(string file) =>
        RunAsync("ffmpeg", ["-v", "error", "-nostdin", "-threads", "1", "-i", file, "-frames:v", "1", "-f", "null", "-"]);

    private static Process Camera(string video, int port) => Start("ffmpeg",
        ["-v", "quiet", "-nostdin", "-re", "-stream_loop", "-1", "-i", video, "-c", "copy", "-f", "mpegts", $"tcp://127.0.0.1:{port}?listen=1"]);

    private static Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        using var process = Start(program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with code {process.ExitCode}.");
    }

    private static int Port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Id(int camera) => string.Create(CultureInfo.InvariantCulture, $"camera-{camera}");
}
