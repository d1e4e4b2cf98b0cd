using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Weir.Grains.Interfaces.Cameras;

namespace Weir.Silo.Live;

/// <summary>
/// The cameras that are being watched through this process: one feed a camera for as long as it has viewers, and no more
/// viewers than are allowed. May be used from any thread.
/// </summary>
internal sealed class CameraFeeds
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (CameraFeed Feed, int Viewers)> feeds = new(StringComparer.Ordinal);
    private readonly IGrainFactory grains;
    private readonly LiveViewOptions limits;
    private readonly ILogger<CameraFeeds> logger;
    private int viewers;

    public CameraFeeds(IGrainFactory grains, IOptions<LiveViewOptions> limits, IMeterFactory meters, ILogger<CameraFeeds> logger)
    {
        (this.grains, this.limits, this.logger) = (grains, limits.Value, logger);
        meters.Create("Weir.LiveView").CreateObservableGauge(
            "weir.live.viewers", () => Volatile.Read(ref viewers), "{viewer}", "Who watches cameras of this site live, as MJPEG, through this process.");
    }

    /// <summary>Joins those who watch a camera, until the answer is disposed.</summary>
    /// <exception cref="BadHttpRequestException">There are as many viewers as are allowed.</exception>
    public Viewer Join(string camera)
    {
        lock (gate)
        {
            var (feed, ofCamera) = feeds.GetValueOrDefault(camera);
            if (viewers >= limits.MaxViewers) throw TooMany($"{viewers} viewers watch cameras of this site already, as many as {LiveViewOptions.Section}:MaxViewers allows.");
            if (ofCamera >= limits.MaxViewersOfCamera) throw TooMany($"{ofCamera} viewers watch camera '{camera}' already, as many as {LiveViewOptions.Section}:MaxViewersOfCamera allows.");
            feed ??= new CameraFeed(grains.GetGrain<ICameraGrain>(camera), logger);
            feeds[camera] = (feed, ofCamera + 1);
            viewers++;
            return new Viewer(this, camera, feed);
        }
    }

    private void Leave(string camera)
    {
        lock (gate)
        {
            viewers--;
            var (feed, ofCamera) = feeds[camera];
            if (ofCamera > 1)
            {
                feeds[camera] = (feed, ofCamera - 1);
                return;
            }
            feeds.Remove(camera);
            feed.Dispose();
        }
    }

    private static BadHttpRequestException TooMany(string why) => new(why, StatusCodes.Status503ServiceUnavailable);

    /// <summary>One who watches a camera.</summary>
    public sealed class Viewer(CameraFeeds feeds, string camera, CameraFeed feed) : IDisposable
    {
        private bool hasLeft;

        /// <summary>The camera's pictures.</summary>
        public CameraFeed Feed => feed;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref hasLeft, true)) feeds.Leave(camera);
        }
    }
}
