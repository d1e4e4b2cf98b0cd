using Microsoft.Extensions.DependencyInjection;
using Weir.Streams.Pravega;
using Weir.Streams.Provider;
using Weir.Streams.SegmentLog;
using Weir.Streams.Tests.Pravega;

namespace Weir.Streams.Tests.Provider;

/// <summary>Grains that publish to and consume from the provider in a real host, over each store.</summary>
public abstract class StreamingTests
{
    /// <summary>Adds the store to the host; the folder is the host's own.</summary>
    protected abstract Task<Action<IServiceCollection, string>> StoreAsync();

    [Fact]
    public async Task A_subscriber_gets_all_events_in_order_across_two_restarts_of_the_silo()
    {
        await using var silo = await StartAsync();
        for (var run = 0; run < 3; run++)
        {
            var stream = silo.Stream<string>(ImplicitConsumerGrain.Namespace, "c");
            for (var i = 0; i < 100; i++) await stream.OnNextAsync($"{run * 100 + i}");
            // Not waited for in the first runs: what was not delivered yet comes after the restart.
            if (run < 2) await silo.RestartAsync();
        }
        await silo.Seen.HasAsync("c", 300);

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (silo.Seen.EventsOf("c").Last() != "299") await Task.Delay(10, deadline.Token);
        // At least once: a restart may bring some again, but none is missing and none comes before its forerunner.
        Assert.Equal(Payload.Range(0, 300), silo.Seen.EventsOf("c").Distinct());
    }

    [Fact]
    public async Task A_slow_consumer_does_not_hold_up_a_fast_one_and_gets_everything_in_the_end()
    {
        await using var silo = await StartAsync(o => o.CacheBytes = 64 << 10);
        const int Count = 1500;
        await silo.Grains.GetGrain<IExplicitConsumer>("slow").SubscribeAsync("ns", "s", null);
        await silo.Grains.GetGrain<IExplicitConsumer>("fast").SubscribeAsync("ns", "s", null);
        var stream = silo.Stream<string>("ns", "s");
        for (var i = 0; i < Count; i++) await stream.OnNextAsync($"{i}".PadRight(100));

        await silo.Seen.HasAsync("fast", Count);
        Assert.Empty(silo.Seen.Of("slow"));
        silo.Seen.Release();
        await silo.Seen.HasAsync("slow", Count);

        var expected = Enumerable.Range(0, Count).Select(i => $"{i}".PadRight(100)).ToList();
        Assert.Equal(expected, silo.Seen.EventsOf("fast"));
        Assert.Equal(expected, silo.Seen.EventsOf("slow"));
    }

    [Fact]
    public async Task A_subscription_with_an_old_token_gets_what_the_cache_let_go_of_long_ago()
    {
        await using var silo = await StartAsync(o => o.CacheBytes = 64 << 10);
        const int Count = 1500;
        await silo.Grains.GetGrain<IExplicitConsumer>("first").SubscribeAsync("ns", "s", null);
        var stream = silo.Stream<string>("ns", "s");
        for (var i = 0; i < Count; i++) await stream.OnNextAsync($"{i}".PadRight(100));
        await silo.Seen.HasAsync("first", Count);
        var token = silo.Seen.Of("first")[100].Token;

        await silo.Grains.GetGrain<IExplicitConsumer>("second").SubscribeAsync("ns", "s", token);
        await silo.Seen.HasAsync("second", Count - 100);

        Assert.IsType<StreamToken>(token);
        Assert.Equal(silo.Seen.Of("first").Skip(100), silo.Seen.Of("second"));
    }

    [Fact]
    public async Task An_event_that_a_consumer_failed_at_comes_again_before_the_next()
    {
        await using var silo = await StartAsync();
        silo.Seen.FailTimes(2);
        var stream = silo.Stream<string>(ImplicitConsumerGrain.Namespace, "c");
        await stream.OnNextAsync("first");
        await stream.OnNextAsync("second");
        await silo.Seen.HasAsync("c", 2);

        Assert.Equal(["first", "second"], silo.Seen.EventsOf("c"));
    }

    [Fact]
    public async Task A_poisonous_event_goes_to_the_dead_letters_with_the_error_and_the_next_is_delivered()
    {
        await using var silo = await StartAsync(deliveryTime: TimeSpan.FromMilliseconds(300));
        var stream = silo.Stream<string>(ImplicitConsumerGrain.Namespace, "c");
        await stream.OnNextAsync("first");
        await stream.OnNextAsync(ImplicitConsumerGrain.Poison);
        await stream.OnNextAsync("second");
        await silo.Seen.HasAsync("c", 2);

        Assert.Equal(["first", "second"], silo.Seen.EventsOf("c"));
        var deadLetters = new StreamName("orleans", $"{StreamingSilo.Provider}-dead-letter");
        var (events, _) = await silo.Store.ReadAllAsync(deadLetters);
        var letter = DeadLetter.Read(Assert.Single(events).Payload.Span);
        Assert.Equal(
            (StreamingSilo.Provider, ImplicitConsumerGrain.Namespace, "c", "System.String"),
            (letter.Provider, letter.Namespace, letter.Key, letter.EventType));
        Assert.Equal("\"poison\""u8, Assert.Single(letter.Events));
        Assert.Contains("InvalidOperationException: as poison does", letter.Error, StringComparison.Ordinal);
        Assert.True(StreamToken.TryParse(letter.Token, out var token));
        Assert.True(token!.CompareTo(silo.Seen.Of("c")[0].Token) > 0);
        Assert.True(token.CompareTo(silo.Seen.Of("c")[1].Token) < 0);
    }

    [Fact]
    public async Task A_subscription_may_begin_at_the_oldest_event_at_a_time_and_now()
    {
        await using var silo = await StartAsync(o => o.CacheBytes = 64 << 10);
        const int Count = 600;
        var stream = silo.Stream<string>("ns", "s");
        for (var i = 0; i < Count / 2; i++) await stream.OnNextAsync($"{i}".PadRight(200));
        // The clock of the store counts microseconds; one of them must lie on each side.
        await Task.Delay(5);
        var middle = DateTimeOffset.UtcNow;
        await Task.Delay(5);
        for (var i = Count / 2; i < Count; i++) await stream.OnNextAsync($"{i}".PadRight(200));

        await silo.Grains.GetGrain<IExplicitConsumer>("oldest").SubscribeAsync("ns", "s", StreamToken.Earliest);
        await silo.Grains.GetGrain<IExplicitConsumer>("middle").SubscribeAsync("ns", "s", StreamToken.At(middle));
        await silo.Seen.HasAsync("oldest", Count);
        await silo.Seen.HasAsync("middle", Count / 2);
        // Now is where the agent has come to, so all must have been read before.
        await silo.Grains.GetGrain<IExplicitConsumer>("now").SubscribeAsync("ns", "s", null);
        await stream.OnNextAsync("next");
        foreach (var (consumer, first, count) in new[] { ("oldest", 0, Count), ("middle", Count / 2, Count / 2), ("now", 0, 0) })
        {
            await silo.Seen.HasAsync(consumer, count + 1);
            Assert.Equal(
                Payload.Range(first, count).Append("next"), silo.Seen.EventsOf(consumer).Select(text => text.Trim()));
        }
    }

    [Fact]
    public async Task A_subscription_in_the_past_of_a_stream_silent_since_the_start_does_not_wait_for_its_next_event()
    {
        await using var silo = await StartAsync();
        await silo.Grains.GetGrain<IExplicitConsumer>("first").SubscribeAsync("ns", "s", null);
        for (var i = 0; i < 100; i++) await silo.Stream<string>("ns", "s").OnNextAsync($"{i}");
        await silo.Seen.HasAsync("first", 100);
        var token = silo.Seen.Of("first")[40].Token;
        await silo.RestartAsync();

        await silo.Grains.GetGrain<IExplicitConsumer>("second").SubscribeAsync("ns", "s", token);
        await silo.Seen.HasAsync("second", 60);
        Assert.Equal(silo.Seen.Of("first").Skip(40), silo.Seen.Of("second").Take(60));
    }

    [Fact]
    public async Task A_million_events_of_one_stream_are_read_from_its_oldest_on_each_once_and_in_order()
    {
        const int Count = 1_000_000, Each = 1000;
        await using var silo = await StartAsync(o => o.Stream = new StreamOptions { SegmentBytes = 16 << 20 });
        var stream = silo.Stream<int>("ns", "million");
        for (var i = 0; i < Count; i += Each) await stream.OnNextBatchAsync(Enumerable.Range(i, Each));

        await silo.Grains.GetGrain<ICountingConsumer>("counter").SubscribeAsync("ns", "million", StreamToken.Earliest);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (silo.Seen.Counted < Count) await Task.Delay(20, deadline.Token);
        Assert.Equal((Count, 0), (silo.Seen.Counted, silo.Seen.OutOfOrder));
    }

    [Fact]
    public async Task Streams_spread_over_all_queues_and_each_keeps_its_order()
    {
        await using var silo = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async s =>
        {
            var stream = silo.Stream<string>(ImplicitConsumerGrain.Namespace, $"c{s}");
            for (var i = 0; i < 30; i++) await stream.OnNextAsync($"{i}");
        }));
        for (var s = 0; s < 20; s++)
        {
            await silo.Seen.HasAsync($"c{s}", 30);
            Assert.Equal(Payload.Range(0, 30), silo.Seen.EventsOf($"c{s}"));
        }
        Assert.Equal(4, (await silo.Store.ListAsync()).Count(d => d.Name.Scope == "orleans" && d.Tail > d.Head));
    }

    [Fact]
    public async Task Options_out_of_range_stop_the_host_with_a_sentence()
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(o => o.QueueCount = 0));
        Assert.Contains("stream provider 'events': QueueCount must be between 1 and 1,024, but is 0", fault.ToString(), StringComparison.Ordinal);
    }

    private async Task<StreamingSilo> StartAsync(Action<EmbeddedStreamOptions>? configure = null, TimeSpan? deliveryTime = null) =>
        await StreamingSilo.StartAsync(await StoreAsync(), configure, deliveryTime);

    /// <summary>Over the segment log.</summary>
    public sealed class Embedded : StreamingTests
    {
        protected override Task<Action<IServiceCollection, string>> StoreAsync() =>
            Task.FromResult<Action<IServiceCollection, string>>((services, folder) => services.AddSegmentLog(options => options.Directory = folder));
    }

    /// <summary>Over Pravega.</summary>
    public sealed class OnPravega(SharedPravega shared) : StreamingTests
    {
        protected override async Task<Action<IServiceCollection, string>> StoreAsync()
        {
            var (controller, prefix) = (await shared.ControllerAsync(), $"o{Guid.NewGuid():N}-");
            return (services, _) => services.AddPravegaStreamStore(options => (options.Controller, options.ScopePrefix) = (controller, prefix));
        }
    }

    /// <summary>Over one stream of Pravega for all queues.</summary>
    public sealed class OnSharedPravega(SharedPravega shared) : StreamingTests
    {
        protected override async Task<Action<IServiceCollection, string>> StoreAsync()
        {
            var (controller, prefix) = (await shared.ControllerAsync(), $"h{Guid.NewGuid():N}-");
            return (services, _) => services
                .AddSharedPravegaStream(StreamingSilo.Provider, options => (options.Controller, options.ScopePrefix) = (controller, prefix), _ => { })
                .AddSingleton(provider => provider.GetRequiredKeyedService<IStreamStore>(StreamingSilo.Provider));
        }
    }
}
