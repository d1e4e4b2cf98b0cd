using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.PubSub;

namespace Orleans.Tests.Streams;

public sealed class StreamTests
{
    private const string Provider = "memory";
    private static readonly int[] s_oneAndTwo = [1, 2];

    [Fact]
    public async Task An_explicit_subscription_gets_every_event_once_and_in_order()
    {
        await using var silo = await StartAsync();
        var consumer = silo.Client.GetGrain<IConsumer>("c");
        await consumer.Subscribe("temperature", "oven");
        var stream = silo.Client.GetStreamProvider(Provider).GetStream<int>("temperature", "oven");

        for (var i = 0; i < 100; i++) await stream.OnNextAsync(i);

        await ReceivedAsync(consumer, 100);
        Assert.Equal(Enumerable.Range(0, 100), await consumer.Received());
    }

    [Fact]
    public async Task Two_subscribers_of_a_stream_both_get_its_events_and_no_others()
    {
        await using var silo = await StartAsync();
        var one = silo.Client.GetGrain<IConsumer>("one");
        var two = silo.Client.GetGrain<IConsumer>("two");
        await one.Subscribe("s", "a");
        await two.Subscribe("s", "a");
        var provider = silo.Client.GetStreamProvider(Provider);

        for (var i = 0; i < 20; i++)
        {
            await provider.GetStream<int>("s", "a").OnNextAsync(i);
            await provider.GetStream<int>("s", "b").OnNextAsync(-1);
        }

        await ReceivedAsync(one, 20);
        await ReceivedAsync(two, 20);
        Assert.DoesNotContain(-1, await one.Received());
        Assert.Equal(await one.Received(), await two.Received());
    }

    [Fact]
    public async Task A_batch_arrives_with_places_in_it_and_an_unsubscribed_grain_gets_no_more()
    {
        await using var silo = await StartAsync();
        var consumer = silo.Client.GetGrain<IConsumer>("c");
        await consumer.Subscribe("s", "a");
        var stream = silo.Client.GetStreamProvider(Provider).GetStream<int>("s", "a");

        await stream.OnNextBatchAsync([1, 2, 3]);
        await ReceivedAsync(consumer, 3);
        int[] places = [0, 1, 2];
        Assert.Equal(places, await consumer.EventIndexes());

        await consumer.Unsubscribe("s", "a");
        await stream.OnNextAsync(4);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        int[] received = [1, 2, 3];
        Assert.Equal(received, await consumer.Received());
    }

    [Fact]
    public async Task A_subscription_outlives_its_activation_and_is_resumed_by_the_next()
    {
        await using var silo = await StartAsync();
        var consumer = silo.Client.GetGrain<IConsumer>("c");
        await consumer.Subscribe("s", "a");
        var stream = silo.Client.GetStreamProvider(Provider).GetStream<int>("s", "a");
        await stream.OnNextAsync(1);
        await ReceivedAsync(consumer, 1);

        await consumer.End();
        await stream.OnNextAsync(2);

        await Eventually.IsTrueAsync(
            async () => (await consumer.Received()).Contains(2), "the new activation gets the next event");
        Assert.Equal(1, await consumer.SubscriptionCount("s", "a"));
    }

    [Fact]
    public async Task An_event_activates_the_grain_that_is_subscribed_implicitly()
    {
        await using var silo = await StartAsync();
        var key = Guid.NewGuid();
        var provider = silo.Client.GetStreamProvider(Provider);

        await provider.GetStream<string>("alarms", key).OnNextAsync("fire");
        await provider.GetStream<string>("alarms", key).OnNextAsync("flood");
        await provider.GetStream<string>("others", key).OnNextAsync("nobody listens");

        await Eventually.IsTrueAsync(() => silo.Recorder().Events.Length == 2, "two alarms");
        Assert.Equal([$"{key} fire", $"{key} flood"], silo.Recorder().Events);
    }

    [Fact]
    public async Task The_key_of_an_implicit_subscriber_is_the_streams_own_in_the_form_of_its_class_or_what_a_mapper_says()
    {
        await using var silo = await StartAsync(builder =>
            builder.Services.AddKeyedSingleton<IStreamIdMapper>("hall", new ToHall()));
        var provider = silo.Client.GetStreamProvider(Provider);

        await provider.GetStream<int>("numbered", 7).OnNextAsync(1);
        await provider.GetStream<int>("mapped", "door").OnNextAsync(2);

        await Eventually.IsTrueAsync(() => silo.Recorder().Events.Length == 2, "both came");
        Assert.Equal(["hall of door: 2", "number 7 of numbered: 1"], silo.Recorder().Events.Order());
    }

    private sealed class ToHall : IStreamIdMapper
    {
        public IdSpan GetGrainKeyId(GrainBindings grainBindings, StreamId streamId) =>
            IdSpan.Create($"hall of {streamId.GetKeyAsString()}");
    }

    [Fact]
    public async Task A_grain_that_subscribes_to_its_implicit_stream_gets_each_event_once()
    {
        await using var silo = await StartAsync();
        var provider = silo.Client.GetStreamProvider(Provider);

        await provider.GetStream<int>("counts", "x").OnNextAsync(1);
        await provider.GetStream<int>("counts", "x").OnNextAsync(2);

        await Eventually.IsTrueAsync(() => silo.Recorder().Events.Length >= 2, "two counts");
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(["x 1", "x 2"], silo.Recorder().Events);
    }

    [Fact]
    public async Task Code_outside_grains_can_subscribe()
    {
        await using var silo = await StartAsync();
        var stream = silo.Client.GetStreamProvider(Provider).GetStream<int>("s", "a");
        var received = new ConcurrentQueue<int>();
        var handle = await stream.SubscribeAsync((item, _) =>
        {
            received.Enqueue(item);
            return Task.CompletedTask;
        });

        await stream.OnNextAsync(1);
        await stream.OnNextAsync(2);

        await Eventually.IsTrueAsync(() => received.Count == 2, "both came");
        await handle.UnsubscribeAsync();
        Assert.Empty(await stream.GetAllSubscriptionHandles());
    }

    [Fact]
    public async Task Every_event_that_is_written_after_a_subscription_was_made_comes()
    {
        await using var silo = await StartAsync();
        var provider = silo.Client.GetStreamProvider(Provider);
        for (var i = 0; i < 100; i++)
        {
            var stream = provider.GetStream<int>("s", $"{i}");
            var received = new ConcurrentQueue<int>();
            await stream.OnNextAsync(0);
            await stream.SubscribeAsync((item, _) =>
            {
                if (item > 0) received.Enqueue(item);
                return Task.CompletedTask;
            });
            await stream.OnNextAsync(1);
            await stream.OnNextAsync(2);
            await Eventually.IsTrueAsync(() => received.Count >= 2, $"both came, on stream {i}");
            Assert.Equal(s_oneAndTwo, received);
        }
    }

    [Fact]
    public async Task No_event_is_forgotten_that_comes_just_as_the_one_before_is_done_with()
    {
        await using var silo = await StartAsync();
        var provider = silo.Client.GetStreamProvider(Provider);
        var received = new ConcurrentDictionary<int, int>();
        for (var i = 0; i < 50; i++)
        {
            var number = i;
            await provider.GetStream<int>("s", $"{i}").SubscribeAsync((_, _) =>
            {
                received.AddOrUpdate(number, 1, (_, count) => count + 1);
                return Task.CompletedTask;
            });
        }

        for (var round = 1; round <= 4; round++)
        {
            for (var i = 0; i < 50; i++) await provider.GetStream<int>("s", $"{i}").OnNextAsync(round);
        }

        await Eventually.IsTrueAsync(() => received.Values.Sum() == 200, "all events came");
        Assert.All(received.Values, count => Assert.Equal(4, count));
    }

    [Fact]
    public async Task A_batch_observer_gets_several_events_at_once()
    {
        await using var silo = await StartAsync();
        var stream = silo.Client.GetStreamProvider(Provider).GetStream<int>("s", "a");
        var batches = new ConcurrentQueue<int[]>();
        await stream.SubscribeAsync(items =>
        {
            batches.Enqueue([.. items.Select(item => item.Item)]);
            return Task.CompletedTask;
        });

        await stream.OnNextBatchAsync([1, 2, 3]);

        await Eventually.IsTrueAsync(() => batches.Count == 1, "one batch");
        Assert.Equal([1, 2, 3], batches.Single());
    }

    [Fact]
    public async Task The_request_context_of_the_writer_comes_with_the_event()
    {
        await using var silo = await StartAsync();
        var stream = silo.Client.GetStreamProvider(Provider).GetStream<int>("s", "a");
        var seen = new ConcurrentQueue<object?>();
        await stream.SubscribeAsync((_, _) =>
        {
            seen.Enqueue(RequestContext.Get("trace"));
            return Task.CompletedTask;
        });

        RequestContext.Set("trace", "t1");
        await stream.OnNextAsync(1);
        RequestContext.Clear();
        await stream.OnNextAsync(2);

        await Eventually.IsTrueAsync(() => seen.Count == 2, "both came");
        Assert.Equal(["t1", null], seen);
    }

    [Fact]
    public async Task Another_can_subscribe_a_grain_and_end_that()
    {
        await using var silo = await StartAsync();
        var provider = silo.Client.GetStreamProvider(Provider);
        var id = StreamId.Create("s", "a");
        Assert.True(provider.TryGetStreamSubscriptionManager(out var manager));

        var subscription = await manager.AddSubscription<ISubscribedByOthers>(silo.Client, id, Provider, "g");
        await provider.GetStream<int>(id).OnNextAsync(7);

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("g 7") == 1, "it came");
        Assert.Single(await manager.GetSubscriptions(Provider, id));
        await manager.RemoveSubscription(Provider, id, subscription.SubscriptionId);
        Assert.Empty(await manager.GetSubscriptions(Provider, id));
    }

    [Fact]
    public async Task Explicit_subscriptions_without_a_store_are_refused_at_the_start()
    {
        await using var silo = TestSilo.Build(builder => builder.AddMemoryStreams(Provider));
        await using var implicitOnly = TestSilo.Build(builder => builder.AddMemoryStreams(
            Provider, streams => streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly)));

        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(silo.StartHostAsync);
        await implicitOnly.StartHostAsync();

        Assert.Contains("PubSubStore", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_not_registered_is_named_in_the_error()
    {
        await using var silo = await TestSilo.StartAsync();

        var error = Assert.Throws<KeyNotFoundException>(() => silo.Client.GetStreamProvider("nothing"));

        Assert.Contains("'nothing'", error.Message, StringComparison.Ordinal);
    }

    private static Task<TestSilo> StartAsync(Action<ISiloBuilder>? configure = null) => TestSilo.StartAsync(builder => builder
        .ConfigureServices(_ => configure?.Invoke(builder))
        .AddRecorder()
        .AddMemoryGrainStorage("PubSubStore")
        .AddMemoryStreams(Provider, streams =>
        {
            streams.ConfigurePartitioning(2);
            streams.ConfigurePullingAgent(agent => agent.Configure(
                options => options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10)));
        }));

    private static Task ReceivedAsync(IConsumer consumer, int count) => Eventually.IsTrueAsync(
        async () => (await consumer.Received()).Length >= count, $"{count} events are received");
}
