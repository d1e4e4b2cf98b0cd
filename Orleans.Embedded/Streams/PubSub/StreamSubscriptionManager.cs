using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <inheritdoc cref="IStreamSubscriptionManager"/>
internal sealed class StreamSubscriptionManager(IServiceProvider services)
    : IStreamSubscriptionManager, IStreamSubscriptionManagerAdmin
{
    public IStreamSubscriptionManager GetStreamSubscriptionManager(string managerType) =>
        managerType == StreamSubscriptionManagerType.ExplicitSubscribeOnly
            ? this
            : throw new KeyNotFoundException(
                $"there is no subscription manager of kind '{managerType}': "
                + $"the kind is '{StreamSubscriptionManagerType.ExplicitSubscribeOnly}'");

    public async Task<StreamSubscription> AddSubscription(
        string streamProviderName, StreamId streamId, GrainReference grainRef)
    {
        ArgumentNullException.ThrowIfNull(grainRef);
        var id = GuidId.GetGuidId(SubscriptionIds.NewExplicit());
        await PubSubOf(streamProviderName).SubscribeAsync(
            new QualifiedStreamId(streamProviderName, streamId), id, grainRef.GrainId, null, hasPlace: false);
        return new StreamSubscription(id.Guid, streamProviderName, streamId, grainRef.GrainId);
    }

    public Task RemoveSubscription(string streamProviderName, StreamId streamId, Guid subscriptionId) =>
        PubSubOf(streamProviderName).UnsubscribeAsync(
            new QualifiedStreamId(streamProviderName, streamId), GuidId.GetGuidId(subscriptionId));

    public async Task<IEnumerable<StreamSubscription>> GetSubscriptions(string streamProviderName, StreamId streamId) =>
        await PubSubOf(streamProviderName).GetSubscriptionsAsync(new QualifiedStreamId(streamProviderName, streamId), null);

    private StreamPubSub PubSubOf(string name) =>
        services.GetKeyedService<IStreamProvider>(name) is PersistentStreamProvider provider
            ? provider.PubSub
            : throw new ArgumentException($"stream provider '{name}' is not registered");
}
