using Orleans.Streams;
using Orleans.Streams.Core;
using Weir.Database.Detections;
using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Cameras;

/// <summary>
/// Counts what a camera sees, second by second, as its detections come. An activation begins with what the database
/// has of the last minutes.
/// </summary>
[ImplicitStreamSubscription(DetectionStreams.Namespace)]
internal sealed class AnalyticsGrain(DetectionTable detections, TimeProvider time)
    : Grain, IAnalyticsGrain, IStreamSubscriptionObserver, IAsyncObserver<FrameDetections>
{
    private const int WindowSeconds = 600;
    private const long MicrosPerSecond = 1_000_000;

    private readonly OccupancyWindow window = new(WindowSeconds);

    private string Camera => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var rows = await detections.CountBySecondAsync(
            Camera, (now - WindowSeconds) * MicrosPerSecond, long.MaxValue, cancellationToken);
        foreach (var row in rows) window.Add(row.Second, [new ClassCount(row.Class, (int)row.Count)]);
    }

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<FrameDetections>().ResumeAsync(this);

    public Task OnNextAsync(FrameDetections item, StreamSequenceToken? token = null)
    {
        window.Add(item.FrameTime / MicrosPerSecond, ClassCounts.Of(item.Detections));
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public Task<Occupancy> GetOccupancyAsync(TimeSpan window) =>
        Task.FromResult(this.window.Read(time.GetUtcNow().ToUnixTimeSeconds(), (int)Math.Clamp(window.TotalSeconds, 1, WindowSeconds)));
}
