using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <summary>The observers that a grain, or the host's client, has attached to its subscriptions.</summary>
/// <param name="services">The services.</param>
/// <param name="observer">The grain, if subscriptions may be made for it.</param>
/// <param name="logger">Where dropped batches are noted.</param>
internal sealed partial class StreamConsumerExtension(
    IServiceProvider services, IStreamSubscriptionObserver? observer, ILogger logger)
    : IStreamConsumerExtension, IGrainObserver
{
    private readonly Dictionary<GuidId, IAttachedSubscription> _attached = [];

    public void Attach(GuidId subscriptionId, IAttachedSubscription subscription)
    {
        lock (_attached) _attached[subscriptionId] = subscription;
    }

    public void Detach(GuidId subscriptionId)
    {
        lock (_attached) _attached.Remove(subscriptionId);
    }

    public async Task<HandshakeToken?> DeliverBatch(
        GuidId subscriptionId, QualifiedStreamId streamId, IBatchContainer batch, HandshakeToken? known)
    {
        var subscription = Find(subscriptionId);
        if (subscription is null && observer is not null
            && services.GetKeyedService<IStreamProvider>(streamId.ProviderName) is { } provider)
        {
            await observer.OnSubscribed(new SubscriptionHandleFactory(provider, streamId, subscriptionId));
            subscription = Find(subscriptionId);
        }

        if (subscription is not null) return await subscription.DeliverAsync(batch, known);

        // It has unsubscribed meanwhile, or its grain attaches no observer as it is activated.
        LogNoObserver(logger, subscriptionId, streamId);
        return null;
    }

    public Task ErrorInStream(GuidId subscriptionId, Exception exception) =>
        Find(subscriptionId)?.FailAsync(exception) ?? Task.CompletedTask;

    public Task<HandshakeToken?> GetSequenceToken(GuidId subscriptionId) =>
        Task.FromResult(Find(subscriptionId)?.Expected);

    private IAttachedSubscription? Find(GuidId subscriptionId)
    {
        lock (_attached) return _attached.GetValueOrDefault(subscriptionId);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A batch of stream {StreamId} is dropped: no observer is attached to subscription {SubscriptionId}. "
            + "A grain has to resume its subscriptions whenever it is activated")]
    private static partial void LogNoObserver(ILogger logger, GuidId subscriptionId, QualifiedStreamId streamId);
}

/// <summary>A subscription with an observer.</summary>
internal interface IAttachedSubscription
{
    /// <summary>Where the subscription stands; null if it has no wish.</summary>
    HandshakeToken? Expected { get; }

    /// <inheritdoc cref="IStreamConsumerExtension.DeliverBatch"/>
    Task<HandshakeToken?> DeliverAsync(IBatchContainer batch, HandshakeToken? known);

    /// <summary>Tells the observer of an error.</summary>
    Task FailAsync(Exception exception);
}

/// <summary>What <see cref="IStreamSubscriptionObserver.OnSubscribed"/> gets.</summary>
internal sealed class SubscriptionHandleFactory(
    IStreamProvider provider, QualifiedStreamId streamId, GuidId subscriptionId)
    : IStreamSubscriptionHandleFactory
{
    public StreamId StreamId => streamId.StreamId;

    public string ProviderName => streamId.ProviderName;

    public GuidId SubscriptionId => subscriptionId;

    public StreamSubscriptionHandle<T> Create<T>() =>
        new SubscriptionHandle<T>((PersistentStream<T>)provider.GetStream<T>(StreamId), subscriptionId);
}
