using System.Text;
using Orleans.Runtime;
using Orleans.Streams;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Results;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Tests.Sites;

/// <summary>The grains of a site with its real streams, database and broker.</summary>
public sealed class SiteGrainTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-grains-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_exchange_with_its_messages_and_settings_is_there_after_a_restart()
    {
        await using (var site = await TestSite.StartAsync(folder.FullName))
        {
            await site.Site.PutExchangeAsync("hall", new ExchangeSettings { Filters = ["hall/#"], RingMessages = 123 });
            await site.Broker.PublishAsync("hall/door", "open"u8.ToArray());
        }

        await using var again = await TestSite.StartAsync(folder.FullName);

        var hall = again.Grains.GetGrain<IExchangeGrain>("hall");
        Assert.Equal(123, (await hall.GetSettingsAsync())!.RingMessages);
        Assert.Equal(["open"], (await hall.QueryAsync(new MessageQuery())).Rows.Select(row => Encoding.UTF8.GetString(row.Payload)));
        Assert.Equal("hall", Assert.Single((await again.Site.GetOverviewAsync()).Exchanges).Name);
        await again.Broker.PublishAsync("hall/door", "shut"u8.ToArray());
        Assert.Equal(2, (await hall.QueryAsync(new MessageQuery())).Rows.Count);
    }

    [Fact]
    public async Task A_removed_exchange_is_unknown_and_set_up_anew_has_its_old_messages()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        var hall = site.Grains.GetGrain<IExchangeGrain>("hall");
        await site.Site.PutExchangeAsync("hall", new ExchangeSettings { Filters = ["hall/#"] });
        await site.Broker.PublishAsync("hall/door", "open"u8.ToArray());

        Assert.True(await site.Site.RemoveExchangeAsync("hall"));
        Assert.False(await site.Site.RemoveExchangeAsync("hall"));

        await Assert.ThrowsAsync<KeyNotFoundException>(() => hall.GetStatusAsync());
        Assert.Empty((await site.Site.GetOverviewAsync()).Exchanges);
        await site.Site.PutExchangeAsync("hall", new ExchangeSettings { Filters = ["hall/#"] });
        Assert.Single((await hall.QueryAsync(new MessageQuery())).Rows);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no name")]
    [InlineData("../up")]
    [InlineData("-first")]
    public async Task A_name_that_is_not_allowed_is_refused(string name)
    {
        await using var site = await TestSite.StartAsync(folder.FullName);

        // An empty key is refused by Orleans itself on some runtimes, before the grain is asked.
        await Assert.ThrowsAnyAsync<ArgumentException>(() => site.Site.PutExchangeAsync(name, new ExchangeSettings { Filters = ["a"] }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => site.Site.PutCameraAsync(name, new CameraSettings { Url = "/tmp/x.avi" }));
    }

    [Fact]
    public async Task Detections_on_the_stream_are_counted_and_stored()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000;
        var frame = new FrameDetections
        {
            Camera = "street", FrameNumber = 1, FrameTime = now, Model = "centernet", ModelVersion = "1",
            Detections = [new("person", 0.9f, new(0.1f, 0.2f, 0.3f, 0.4f)), new("person", 0.8f, new(0.5f, 0.2f, 0.7f, 0.4f))],
        };
        var stream = site.Detections.GetStream<FrameDetections>(StreamId.Create(DetectionStreams.Namespace, "street"));

        await stream.OnNextAsync(frame);

        var analytics = site.Grains.GetGrain<IAnalyticsGrain>("street");
        var results = site.Grains.GetGrain<IResultsGrain>(ISiteGrain.Key);
        await UntilAsync(async () => (await results.QueryDetectionsAsync(new DetectionQuery { Camera = "street" })).Rows.Count == 2);
        await UntilAsync(async () => (await analytics.GetOccupancyAsync(TimeSpan.FromMinutes(5))).Classes is [{ Class: "person" } line]
            && line.Values.Max() == 2);
        await stream.OnNextAsync(frame with { FrameTime = now + 100_000, Detections = frame.Detections.Take(1).ToList() });
        await UntilAsync(async () => (await results.QueryDetectionsAsync(new DetectionQuery { Class = "person" })).Rows.Count == 3);
        var count = Assert.Single(await results.CountDetectionsAsync(new CountQuery { Camera = "street", From = now, To = now + 1, Interval = TimeSpan.FromDays(1) }));
        Assert.Equal((3, 2), (count.Detections, count.MostAtOnce));
        await UntilAsync(async () => (await site.Site.GetSystemAsync()).ResultSinks.Sum(sink => sink.StoredRows) == 3);
    }

    [Fact]
    public async Task An_observer_is_told_of_the_site_every_second_until_it_unsubscribes()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        var observer = new Watcher();
        var reference = site.Grains.CreateObjectReference<ISiteObserver>(observer);

        await site.Site.SubscribeAsync(reference);
        await UntilAsync(() => Task.FromResult(observer.Told >= 2));
        await site.Site.UnsubscribeAsync(reference);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        var told = observer.Told;
        await Task.Delay(1_500, TestContext.Current.CancellationToken);

        Assert.Equal(told, observer.Told);
    }

    [Fact]
    public async Task The_system_tells_of_grains_and_streams()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        await site.Site.PutExchangeAsync("hall", new ExchangeSettings { Filters = ["hall/#"] });
        await site.Broker.PublishAsync("hall/door", "open"u8.ToArray());

        var system = await site.Site.GetSystemAsync();

        Assert.Contains(system.Grains, grain => grain is { Type: "Exchange", Activations: 1 });
        var stream = Assert.Single(system.Streams, stream => stream.Name == "exchanges/hall");
        Assert.Equal(1, stream.Events);
    }

    [Fact]
    public async Task An_alarm_stands_until_it_is_cleared()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        var log = site.Grains.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);
        var hourAgo = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);

        await log.RaiseAsync("camera/street", "no-frames", "The file is missing.");
        await log.RaiseAsync("camera/street", "no-frames", "The file is missing.");
        var alarm = Assert.Single(await log.ListAsync(hourAgo));
        Assert.Equal(AlarmState.Active, alarm.State);
        Assert.True(await log.AcknowledgeAsync(alarm.Id));
        Assert.Equal(AlarmState.Acknowledged, Assert.Single(await log.ListAsync(hourAgo)).State);

        await log.ClearAsync("camera/street", "no-frames");
        Assert.Equal(AlarmState.Cleared, Assert.Single((await site.Site.GetOverviewAsync()).Alarms).State);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(50, patience.Token);
    }

    private sealed class Watcher : ISiteObserver
    {
        private int told;

        public int Told => Volatile.Read(ref told);

        public Task OnOverviewAsync(SiteOverview overview)
        {
            Interlocked.Increment(ref told);
            return Task.CompletedTask;
        }
    }
}
