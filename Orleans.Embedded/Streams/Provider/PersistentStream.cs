using Orleans.Providers.Streams.Common;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A stream of a provider with queues.</summary>
[Immutable]
internal sealed class PersistentStream<T>(PersistentStreamProvider provider, StreamId streamId) : IAsyncStream<T>
{
    private readonly QualifiedStreamId _id = new(provider.Name, streamId);

    public StreamId StreamId => streamId;

    public string ProviderName => provider.Name;

    public bool IsRewindable => provider.IsRewindable;

    public Task OnNextAsync(T item, StreamSequenceToken? token) =>
        provider.WritableAdapter.QueueMessageAsync(streamId, item, token, RequestContextExtensions.Export());

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token) =>
        provider.WritableAdapter.QueueMessageBatchAsync(streamId, batch, token, RequestContextExtensions.Export());

    public Task OnCompletedAsync() => throw NeverEnds();

    public Task OnErrorAsync(Exception ex) => throw NeverEnds();

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) =>
        SubscribeAsync(new AttachedSubscription<T>(this, null, observer, null), null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(
        IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData) =>
        SubscribeAsync(new AttachedSubscription<T>(this, token, observer, null), filterData);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) =>
        SubscribeAsync(new AttachedSubscription<T>(this, null, null, observer), null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(
        IAsyncBatchObserver<T> observer, StreamSequenceToken? token) =>
        SubscribeAsync(new AttachedSubscription<T>(this, token, null, observer), null);

    public async Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        using var section = RequestContext.SuppressCallChainReentrancy();
        var consumer = provider.Consumers.Current;
        var subscriptions = await provider.PubSub.GetSubscriptionsAsync(_id, consumer.GrainId);
        return [.. subscriptions.Select(one => new SubscriptionHandle<T>(this, GuidId.GetGuidId(one.SubscriptionId)))];
    }

    public async Task<StreamSubscriptionHandle<T>> ResumeAsync(
        GuidId subscriptionId, AttachedSubscription<T> subscription)
    {
        provider.Consumers.Current.Extension.Attach(subscriptionId, subscription);

        // Not only when the stream's next event comes, which may be long.
        if (subscription.Expected is not null) await provider.PubSub.MoveAsync(_id, subscriptionId);
        return new SubscriptionHandle<T>(this, subscriptionId);
    }

    public async Task UnsubscribeAsync(GuidId subscriptionId)
    {
        using var section = RequestContext.SuppressCallChainReentrancy();
        provider.Consumers.Current.Extension.Detach(subscriptionId);
        await provider.PubSub.UnsubscribeAsync(_id, subscriptionId);
    }

    public bool Equals(IAsyncStream<T>? other) =>
        other is not null && ProviderName == other.ProviderName && StreamId == other.StreamId;

    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);

    public override int GetHashCode() => _id.GetHashCode();

    public int CompareTo(IAsyncStream<T>? other) =>
        other is null ? 1 : _id.CompareTo(new QualifiedStreamId(other.ProviderName, other.StreamId));

    public override string ToString() => _id.ToString();

    private async Task<StreamSubscriptionHandle<T>> SubscribeAsync(
        AttachedSubscription<T> subscription, string? filterData)
    {
        using var section = RequestContext.SuppressCallChainReentrancy();
        var consumer = provider.Consumers.Current;
        var subscriptionId = provider.PubSub.NewSubscriptionId(_id, consumer.GrainId);

        // Attached first: the first batch may come before the subscription is reported as made.
        consumer.Extension.Attach(subscriptionId, subscription);
        try
        {
            await provider.PubSub.SubscribeAsync(
                _id, subscriptionId, consumer.GrainId, filterData, hasPlace: subscription.Expected is not null);
        }
        catch
        {
            consumer.Extension.Detach(subscriptionId);
            throw;
        }

        return new SubscriptionHandle<T>(this, subscriptionId);
    }

    private NotImplementedException NeverEnds() =>
        new($"stream '{_id}' has no end: a persistent provider can not tell its consumers of one");
}
