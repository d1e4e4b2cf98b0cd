using Orleans.Streams;
using Orleans.Streams.Core;

namespace Orleans.Tests.Streams;

internal interface IConsumer : IGrainWithStringKey
{
    Task Subscribe(string ns, string key);

    Task Unsubscribe(string ns, string key);

    Task<int> SubscriptionCount(string ns, string key);

    Task End();

    Task<int[]> Received();

    Task<int[]> EventIndexes();
}

internal sealed class ConsumerGrain : Grain, IConsumer
{
    private readonly List<int> _received = [];
    private readonly List<int> _indexes = [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var handle in await Stream("s", "a").GetAllSubscriptionHandles()) await handle.ResumeAsync(OnNextAsync);
    }

    public Task Subscribe(string ns, string key) => Stream(ns, key).SubscribeAsync(OnNextAsync);

    public async Task Unsubscribe(string ns, string key)
    {
        foreach (var handle in await Stream(ns, key).GetAllSubscriptionHandles()) await handle.UnsubscribeAsync();
    }

    public async Task<int> SubscriptionCount(string ns, string key) =>
        (await Stream(ns, key).GetAllSubscriptionHandles()).Count;

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<int[]> Received() => Task.FromResult(_received.ToArray());

    public Task<int[]> EventIndexes() => Task.FromResult(_indexes.ToArray());

    private Task OnNextAsync(int item, StreamSequenceToken? token)
    {
        _received.Add(item);
        _indexes.Add(token!.EventIndex);
        return Task.CompletedTask;
    }

    private IAsyncStream<int> Stream(string ns, string key) => this.GetStreamProvider("memory").GetStream<int>(ns, key);
}

internal interface IAlarmed : IGrainWithGuidKey
{
}

[ImplicitStreamSubscription("alarms")]
internal sealed class AlarmedGrain(Recorder recorder) : Grain, IAlarmed, IStreamSubscriptionObserver
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<string>().ResumeAsync((alarm, _) =>
        {
            recorder.Add($"{this.GetPrimaryKey()} {alarm}");
            return Task.CompletedTask;
        });
}

internal interface ICounting : IGrainWithStringKey
{
}

[RegexImplicitStreamSubscription("^count")]
internal sealed class CountingGrain(Recorder recorder) : Grain, ICounting
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        this.GetStreamProvider("memory").GetStream<int>("counts", this.GetPrimaryKeyString()).SubscribeAsync((count, _) =>
        {
            recorder.Add($"{this.GetPrimaryKeyString()} {count}");
            return Task.CompletedTask;
        });
}

internal interface ISubscribedByOthers : IGrainWithStringKey
{
}

internal sealed class SubscribedByOthersGrain(Recorder recorder) : Grain, ISubscribedByOthers, IStreamSubscriptionObserver
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<int>().ResumeAsync((item, _) =>
        {
            recorder.Add($"{this.GetPrimaryKeyString()} {item}");
            return Task.CompletedTask;
        });
}

internal interface INumbered : IGrainWithIntegerCompoundKey
{
}

[ImplicitStreamSubscription("numbered")]
internal sealed class NumberedGrain(Recorder recorder) : Grain, INumbered, IStreamSubscriptionObserver
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<int>().ResumeAsync((item, _) =>
        {
            recorder.Add($"number {this.GetPrimaryKeyLong(out var ns)} of {ns}: {item}");
            return Task.CompletedTask;
        });
}

internal interface IHall : IGrainWithStringKey
{
}

[ImplicitStreamSubscription("mapped", "hall")]
internal sealed class HallGrain(Recorder recorder) : Grain, IHall, IStreamSubscriptionObserver
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<int>().ResumeAsync((item, _) =>
        {
            recorder.Add($"{this.GetPrimaryKeyString()}: {item}");
            return Task.CompletedTask;
        });
}
