using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Recordings;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Silo.Demo;

/// <summary>Sets up the demo's camera and exchange, once the site runs. What a person has set under these names stays.</summary>
internal sealed class DemoSite(DemoOptions demo, IGrainFactory grains) : IHostedLifecycleService
{
    private const string Camera = "street";
    private const string Exchange = "telemetry";
    private const long MostBytes = 2L << 30;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var site = grains.GetGrain<ISiteGrain>(ISiteGrain.Key);
        if (await grains.GetGrain<IExchangeGrain>(Exchange).GetSettingsAsync() is null)
            await site.PutExchangeAsync(Exchange, new ExchangeSettings { Filters = [$"{DemoPlant.Root}/#"] });
        if (demo.Video is null) return;
        var known = await grains.GetGrain<ICameraGrain>(Camera).GetSettingsAsync();
        // The video may lie elsewhere since the last start.
        if (known is null || (known.Name == DemoName && known.Url != demo.Video))
        {
            await site.PutCameraAsync(
                Camera, new CameraSettings { Name = DemoName, Url = demo.Video, Loop = true, Lines = LinesOf(demo.Video) });
        }

        // Debian's vtest.avi itself is of a coding that no MP4 takes; run.sh gives the same as H.264.
        var recording = grains.GetGrain<IRecordingGrain>(Camera);
        if (Path.GetExtension(demo.Video) == ".mp4" && await recording.GetSettingsAsync() is null)
            await recording.ApplyAsync(new RecordingSettings { ContinuousAge = TimeSpan.FromDays(1), MaxBytes = MostBytes });
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Across the path of the street video; in another video it would lie anywhere.</summary>
    private static IReadOnlyList<LineSettings> LinesOf(string video) => Path.GetFileName(video).StartsWith("vtest", StringComparison.Ordinal)
        ? [new LineSettings { Name = "path", From = new(0.72f, 0.40f), To = new(0.72f, 0.85f), Classes = ["person"] }]
        : [];

    private const string DemoName = "Street (demo)";
}
