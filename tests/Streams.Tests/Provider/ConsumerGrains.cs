using System.Collections.Concurrent;
using Orleans;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Weir.Streams.Tests.Provider;

/// <summary>What consumer grains have seen, and how they are to behave.</summary>
public sealed class Seen
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<(string Event, StreamSequenceToken Token)>> byConsumer = new();
    private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int failures;
    private int counted;
    private int outOfOrder;

    /// <summary>How many events a <see cref="ICountingConsumer"/> had, each one more than the one before.</summary>
    public int Counted => Volatile.Read(ref counted);

    /// <summary>How many events were not the ones that follow.</summary>
    public int OutOfOrder => Volatile.Read(ref outOfOrder);

    public void Count(int number)
    {
        if (number != counted) Interlocked.Increment(ref outOfOrder);
        Interlocked.Increment(ref counted);
    }

    /// <summary>What consumers whose name begins with "slow" wait for with each event.</summary>
    public Task Gate => gate.Task;

    public IReadOnlyList<(string Event, StreamSequenceToken Token)> Of(string consumer) => [.. Queue(consumer)];

    public IEnumerable<string> EventsOf(string consumer) => Of(consumer).Select(e => e.Event);

    public void Add(string consumer, string item, StreamSequenceToken token) => Queue(consumer).Enqueue((item, token));

    public void Release() => gate.TrySetResult();

    public void FailTimes(int count) => failures = count;

    public bool MustFail() => Interlocked.Decrement(ref failures) >= 0;

    public async Task HasAsync(string consumer, int count)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(25));
        while (Queue(consumer).Count < count)
        {
            Assert.False(deadline.IsCancellationRequested, $"{consumer} has {Queue(consumer).Count} of {count} events: {string.Join(" ", EventsOf(consumer).Take(400))}");
            await Task.Delay(10);
        }
    }

    private ConcurrentQueue<(string Event, StreamSequenceToken Token)> Queue(string consumer) =>
        byConsumer.GetOrAdd(consumer, _ => new());
}

/// <summary>Is subscribed by the namespace of its streams.</summary>
[ImplicitStreamSubscription(Namespace)]
public sealed class ImplicitConsumerGrain(Seen seen) : Grain, IGrainWithStringKey, IStreamSubscriptionObserver
{
    public const string Namespace = "implicit";

    /// <summary>The event that the consumer never takes.</summary>
    public const string Poison = "poison";

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<string>().ResumeAsync((item, token) =>
        {
            if (item == Poison) throw new InvalidOperationException("as poison does");
            if (seen.MustFail()) throw new InvalidOperationException("as the test asks");
            seen.Add(this.GetPrimaryKeyString(), item, token!);
            return Task.CompletedTask;
        });
}

/// <summary>Subscribes when it is told to.</summary>
public interface IExplicitConsumer : IGrainWithStringKey
{
    /// <summary>Subscribes to a stream, from a token of it or from now on.</summary>
    Task SubscribeAsync(string ns, string key, StreamSequenceToken? from);
}

/// <inheritdoc cref="IExplicitConsumer"/>
public sealed class ExplicitConsumerGrain(Seen seen) : Grain, IExplicitConsumer
{
    public Task SubscribeAsync(string ns, string key, StreamSequenceToken? from) =>
        this.GetStreamProvider(StreamingSilo.Provider).GetStream<string>(ns, key).SubscribeAsync(
            async (item, token) =>
            {
                var name = this.GetPrimaryKeyString();
                if (name.StartsWith("slow", StringComparison.Ordinal)) await seen.Gate;
                seen.Add(name, item, token!);
            }, from!);
}

/// <summary>Counts the events of a stream of rising numbers.</summary>
public interface ICountingConsumer : IGrainWithStringKey
{
    /// <summary>Subscribes to a stream from a token on.</summary>
    Task SubscribeAsync(string ns, string key, StreamSequenceToken from);
}

/// <inheritdoc cref="ICountingConsumer"/>
public sealed class CountingConsumerGrain(Seen seen) : Grain, ICountingConsumer
{
    public Task SubscribeAsync(string ns, string key, StreamSequenceToken from) =>
        this.GetStreamProvider(StreamingSilo.Provider).GetStream<int>(ns, key).SubscribeAsync(
            (number, _) =>
            {
                seen.Count(number);
                return Task.CompletedTask;
            }, from);
}
