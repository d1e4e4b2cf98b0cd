using Orleans.Streams;
using Orleans.Streams.Core;

namespace Weir.Benchmarks;

/// <summary>What the benchmark of the grain runtimes calls.</summary>
public interface IEchoGrain : IGrainWithIntegerKey
{
    /// <summary>Answers at once, by a task.</summary>
    Task<int> Echo(int value);

    /// <summary>Answers at once, by a value task.</summary>
    ValueTask<int> EchoValue(int value);

    /// <summary>Calls <see cref="Echo"/> of another grain, one call after the other.</summary>
    Task CallEcho(long other, int count);

    /// <summary>Calls <see cref="EchoValue"/> of another grain, one call after the other.</summary>
    Task CallEchoValue(long other, int count);
}

/// <inheritdoc cref="IEchoGrain"/>
public sealed class EchoGrain : Grain, IEchoGrain
{
    /// <inheritdoc/>
    public Task<int> Echo(int value) => Task.FromResult(value);

    /// <inheritdoc/>
    public ValueTask<int> EchoValue(int value) => new(value);

    /// <inheritdoc/>
    public async Task CallEcho(long other, int count)
    {
        var grain = GrainFactory.GetGrain<IEchoGrain>(other);
        for (var i = 0; i < count; i++) await grain.Echo(1);
    }

    /// <inheritdoc/>
    public async Task CallEchoValue(long other, int count)
    {
        var grain = GrainFactory.GetGrain<IEchoGrain>(other);
        for (var i = 0; i < count; i++) await grain.EchoValue(1);
    }
}

/// <summary>Publishes events to a stream.</summary>
public interface IStreamSourceGrain : IGrainWithIntegerKey
{
    /// <summary>Publishes so many events in batches of that size; batches of one are published singly.</summary>
    Task Publish(Guid stream, int count, int batch);
}

/// <inheritdoc cref="IStreamSourceGrain"/>
public sealed class StreamSourceGrain : Grain, IStreamSourceGrain
{
    /// <inheritdoc/>
    public async Task Publish(Guid stream, int count, int batch)
    {
        var target = this.GetStreamProvider(OrleansLoad.Provider).GetStream<int>(StreamSinkGrain.Namespace, stream);
        var events = Enumerable.Range(0, batch).ToArray();
        for (var sent = 0; sent < count; sent += batch)
        {
            if (batch == 1) await target.OnNextAsync(sent);
            else await target.OnNextBatchAsync(events);
        }
    }
}

/// <summary>The mark of <see cref="StreamSinkGrain"/>.</summary>
public interface IStreamSinkGrain : IGrainWithGuidKey;

/// <summary>Counts the events of its stream.</summary>
[ImplicitStreamSubscription(Namespace)]
public sealed class StreamSinkGrain : Grain, IStreamSinkGrain, IStreamSubscriptionObserver, IAsyncObserver<int>
{
    internal const string Namespace = "bench";
    private static long received;

    /// <summary>Events that have come in, of all streams.</summary>
    internal static long Received => Interlocked.Read(ref received);

    /// <inheritdoc/>
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<int>().ResumeAsync(this);

    /// <inheritdoc/>
    public Task OnNextAsync(int item, StreamSequenceToken? token = null)
    {
        Interlocked.Increment(ref received);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task OnCompletedAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
