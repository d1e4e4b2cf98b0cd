using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Internal;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Runtime.Providers;
using Orleans.Streams;
using Orleans.Streams.Core;
using Orleans.Streams.Filtering;

namespace Orleans.Tests.Streams;

public sealed class AdapterContractTests
{
    [Fact]
    public async Task The_adapter_is_made_and_called_in_the_order_of_the_contract()
    {
        var queue = new ScriptedQueue("scripted");
        await using (var silo = await StartAsync(queue))
        {
            queue.Write(StreamId.Create("tested", "a"), "one");
            await Eventually.IsTrueAsync(() => silo.Recorder().Count("a one") == 1, "the event came");
            await Eventually.IsTrueAsync(() => queue.Calls.Contains("delivered 1"), "the delivery is reported");
        }

        Assert.Equal(
            ["adapter", "cache", "mapper", "failure handler", "create cache", "receiver", "initialize"],
            queue.Calls.Distinct().Take(7).Order(Comparer<string>.Create((x, y) => Rank(x).CompareTo(Rank(y)))));
        Assert.Equal("shutdown", queue.Calls[^1]);
        Assert.Equal("progress 1/0", queue.Calls[^2]);

        static int Rank(string call) => Array.IndexOf(
            ["adapter", "cache", "mapper", "failure handler", "create cache", "receiver", "initialize"], call);
    }

    [Fact]
    public async Task Nothing_is_read_while_the_cache_is_under_pressure()
    {
        var queue = new ScriptedQueue("scripted") { IsUnderPressure = true };
        await using var silo = await StartAsync(queue);
        queue.Write(StreamId.Create("tested", "a"), "one");

        await Eventually.IsTrueAsync(() => queue.PressureChecks >= 3, "several turns");
        Assert.DoesNotContain("read", queue.Calls);

        queue.IsUnderPressure = false;
        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a one") == 1, "the event came");
    }

    [Fact]
    public async Task A_failing_read_is_repeated()
    {
        var queue = new ScriptedQueue("scripted") { ReadFailures = 3 };
        await using var silo = await StartAsync(queue);

        queue.Write(StreamId.Create("tested", "a"), "one");

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a one") == 1, "the event came");
    }

    [Fact]
    public async Task A_failing_consumer_is_tried_again_until_it_succeeds()
    {
        var queue = new ScriptedQueue("scripted");
        await using var silo = await StartAsync(queue);

        queue.Write(StreamId.Create("tested", "a"), "fail twice");
        queue.Write(StreamId.Create("tested", "a"), "next");

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a next") == 1, "the next event came");
        Assert.Equal(
            ["a tries fail twice", "a tries fail twice", "a tries fail twice", "a fail twice", "a tries next", "a next"],
            silo.Recorder().Events);
    }

    [Fact]
    public async Task A_delivery_that_fails_for_good_goes_to_consumer_and_failure_handler_and_the_next_event_comes()
    {
        var queue = new ScriptedQueue("scripted");
        await using var silo = await StartAsync(queue, TimeSpan.FromMilliseconds(100));

        queue.Write(StreamId.Create("tested", "a"), "fail always");
        queue.Write(StreamId.Create("tested", "a"), "next");

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a next") == 1, "the next event came");
        Assert.Contains("a error StreamEventDeliveryFailureException", silo.Recorder().Events);
        Assert.Contains("delivery failure 1/0", queue.Calls);
    }

    [Fact]
    public async Task An_explicit_subscription_ends_at_a_failure_if_the_handler_says_so()
    {
        var queue = new ScriptedQueue("scripted") { FaultsSubscriptions = true };
        await using var silo = await StartAsync(queue, TimeSpan.FromMilliseconds(50));
        var stream = silo.Client.GetStreamProvider("scripted").GetStream<string>("explicit", "a");
        List<string> seen = [];
        await stream.SubscribeAsync(
            (item, _) =>
            {
                lock (seen) seen.Add(item);
                throw new InvalidOperationException("never");
            },
            error =>
            {
                lock (seen) seen.Add(error.GetType().Name);
                return Task.CompletedTask;
            });

        queue.Write(stream.StreamId, "one");

        await Eventually.IsTrueAsync(
            async () => (await stream.GetAllSubscriptionHandles()).Count == 0, "the subscription is gone");
        lock (seen) Assert.Contains(nameof(FaultedSubscriptionException), seen);
    }

    [Fact]
    public async Task A_consumer_of_a_rewindable_stream_gets_nothing_twice_when_the_queue_is_read_again_from_its_start()
    {
        var queue = new ScriptedQueue("scripted") { IsRewindable = true };
        await using var silo = await StartAsync(queue);
        var id = StreamId.Create("tested", "a");
        for (var i = 1; i <= 3; i++) queue.Write(id, $"{i}");
        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a 3") == 1, "three events came");

        var provider = silo.Services.GetRequiredKeyedService<Orleans.Providers.IControllable>("scripted");
        await provider.ExecuteCommand((int)PersistentStreamProviderCommand.StopAgents, null!);
        Assert.Equal(0, await provider.ExecuteCommand((int)PersistentStreamProviderCommand.GetNumberRunningAgents, null!));
        queue.Rewind();
        queue.Write(id, "4");
        await provider.ExecuteCommand((int)PersistentStreamProviderCommand.StartAgents, null!);

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a 4") == 1, "the fourth event came");
        Assert.Equal(["a 1", "a 2", "a 3", "a 4"], silo.Recorder().Events.Where(one => !one.Contains("tries", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_subscription_of_a_rewindable_stream_may_begin_in_the_past()
    {
        var queue = new ScriptedQueue("scripted") { IsRewindable = true };
        await using var silo = await StartAsync(queue);
        var stream = silo.Client.GetStreamProvider("scripted").GetStream<string>("tested", "a");
        queue.Write(stream.StreamId, "hold");
        for (var i = 2; i <= 5; i++) queue.Write(stream.StreamId, $"{i}");

        // The grain of the stream holds its events in the cache.
        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a tries hold") == 1, "the first event is being delivered");
        List<string> seen = [];

        await stream.SubscribeAsync(
            (item, _) =>
            {
                lock (seen) seen.Add(item);
                return Task.CompletedTask;
            },
            new EventSequenceTokenV2(3));

        await Eventually.IsTrueAsync(() => SeenCount() == 3, "three events");
        lock (seen) Assert.Equal(["3", "4", "5"], seen);
        silo.Recorder().Add("release");

        int SeenCount()
        {
            lock (seen) return seen.Count;
        }
    }

    [Fact]
    public async Task A_subscription_of_a_rewindable_stream_may_go_back()
    {
        var queue = new ScriptedQueue("scripted") { IsRewindable = true };
        await using var silo = await StartAsync(queue);
        var stream = silo.Client.GetStreamProvider("scripted").GetStream<string>("tested", "a");
        queue.Write(stream.StreamId, "hold");
        for (var i = 2; i <= 5; i++) queue.Write(stream.StreamId, $"{i}");
        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a tries hold") == 1, "the first event is being delivered");
        var recorder = silo.Recorder();
        var handle = await stream.SubscribeAsync((item, _) => NoteAsync($"first {item}"), new EventSequenceTokenV2(2));
        await Eventually.IsTrueAsync(() => recorder.Count("first 5") == 1, "four events");

        await handle.ResumeAsync((item, _) => NoteAsync($"then {item}"), new EventSequenceTokenV2(4));
        queue.Write(stream.StreamId, "6");

        await Eventually.IsTrueAsync(() => recorder.Count("then 6") == 1, "the new event");
        Assert.Equal(
            ["then 4", "then 5", "then 6"], recorder.Events.Where(one => one.StartsWith("then", StringComparison.Ordinal)));
        recorder.Add("release");

        Task NoteAsync(string what)
        {
            recorder.Add(what);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_stream_that_can_not_rewind_refuses_a_place_to_begin_at()
    {
        await using var silo = await StartAsync(new ScriptedQueue("scripted"));
        var stream = silo.Client.GetStreamProvider("scripted").GetStream<string>("explicit", "a");

        // ArgumentException in Orleans 10.4, ArgumentNullException before.
        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => stream.SubscribeAsync((_, _) => Task.CompletedTask, new EventSequenceTokenV2(1)));
        await Assert.ThrowsAsync<NotImplementedException>(stream.OnCompletedAsync);
    }

    [Fact]
    public async Task A_filter_keeps_batches_back()
    {
        var queue = new ScriptedQueue("scripted");
        await using var silo = await StartAsync(
            queue, configure: builder => builder.AddStreamFilter<OnlyOdd>("scripted"));

        for (var i = 1; i <= 4; i++) queue.Write(StreamId.Create("tested", "a"), $"{i}");

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a 3") == 1, "the third event came");
        await Eventually.IsTrueAsync(() => queue.Delivered == 4, "all are done with");
        Assert.DoesNotContain("a 2", silo.Recorder().Events);
    }

    [Fact]
    public async Task Several_batches_go_in_one_call_if_so_configured()
    {
        var queue = new ScriptedQueue("scripted");
        for (var i = 1; i <= 6; i++) queue.Write(StreamId.Create("tested", "a"), $"{i}");
        await using var silo = await StartAsync(queue, batchSize: 10);

        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a 6") == 1, "all came");
        Assert.Equal(
            Enumerable.Range(1, 6).Select(i => $"a {i}"),
            silo.Recorder().Events.Where(one => !one.Contains("tries", StringComparison.Ordinal)));
    }

    private static Task<TestSilo> StartAsync(
        ScriptedQueue queue, TimeSpan? maxDelivery = null, Action<ISiloBuilder>? configure = null, int batchSize = 1) =>
        TestSilo.StartAsync(builder =>
        {
            configure?.Invoke(builder);
            builder
                .AddRecorder()
                .AddMemoryGrainStorage("PubSubStore")
                .AddPersistentStreams("scripted", (_, _) => queue, streams =>
                {
                    streams.ConfigurePullingAgent(agent => agent.Configure(options =>
                    {
                        options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10);
                        options.MaxEventDeliveryTime = maxDelivery ?? TimeSpan.FromSeconds(30);
                        options.BatchContainerBatchSize = batchSize;
                    }));
                    streams.ConfigureBackoffProvider((_, _) => (IMessageDeliveryBackoffProvider)new QuickBackoff());
                    streams.ConfigureBackoffProvider((_, _) => (IQueueReaderBackoffProvider)new QuickBackoff());
                });
        });

    private sealed class QuickBackoff() : FixedBackoff(TimeSpan.FromMilliseconds(5)), IMessageDeliveryBackoffProvider, IQueueReaderBackoffProvider;

    private sealed class OnlyOdd : IStreamFilter
    {
        public bool ShouldDeliver(StreamId streamId, object item, string? filterData) =>
            int.Parse((string)item, System.Globalization.CultureInfo.InvariantCulture) % 2 == 1;
    }
}

internal interface ITested : IGrainWithStringKey
{
}

[ImplicitStreamSubscription("tested")]
internal sealed class TestedGrain(Recorder recorder) : Grain, ITested, IStreamSubscriptionObserver, IAsyncObserver<string>
{
    private int _failures;

    private string Name => this.GetPrimaryKeyString();

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<string>().ResumeAsync(this);

    public async Task OnNextAsync(string item, StreamSequenceToken? token = null)
    {
        recorder.Add($"{Name} tries {item}");
        while (item == "hold" && recorder.Count("release") == 0) await Task.Delay(10);
        if (item == "fail always" || (item == "fail twice" && _failures++ < 2)) throw new InvalidOperationException(item);
        recorder.Add($"{Name} {item}");
    }

    public Task OnErrorAsync(Exception ex)
    {
        recorder.Add($"{Name} error {ex.GetType().Name}");
        return Task.CompletedTask;
    }
}
