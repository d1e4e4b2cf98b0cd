using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <summary>The subscriptions to the streams of one provider, explicit and implicit ones.</summary>
internal sealed class StreamPubSub(IGrainFactory grains, ImplicitSubscriptions implicits, StreamPubSubType kinds)
{
    /// <summary>Those who read the queues, to be told of new and ended subscriptions; null if nobody does.</summary>
    public PullingAgents? Agents { get; set; }

    /// <summary>The id of the subscription that a grain makes: the implicit one if it has one.</summary>
    public GuidId NewSubscriptionId(QualifiedStreamId streamId, GrainId consumer)
    {
        if (FindImplicit(streamId, consumer) is { } known) return GuidId.GetGuidId(known);
        if (kinds == StreamPubSubType.ImplicitOnly)
        {
            throw new InvalidOperationException(
                $"stream provider '{streamId.ProviderName}' has implicit subscriptions only, and '{consumer}' has none "
                + $"to '{streamId.StreamId}'");
        }

        return GuidId.GetGuidId(SubscriptionIds.NewExplicit());
    }

    public async Task SubscribeAsync(
        QualifiedStreamId streamId, GuidId subscriptionId, GrainId consumer, string? filterData, bool hasPlace)
    {
        if (SubscriptionIds.IsImplicit(subscriptionId.Guid))
        {
            // It exists already.
            if (hasPlace) await MoveAsync(streamId, subscriptionId);
            return;
        }

        var subscription = new Subscription(subscriptionId, consumer, filterData);
        await Rendezvous(streamId).AddAsync(subscription);
        if (Agents is not null) await Agents.AddSubscriberAsync(streamId.StreamId, subscription);
    }

    /// <summary>Tells those who read the queue that a subscription wants to go on at a place of its own.</summary>
    public Task MoveAsync(QualifiedStreamId streamId, GuidId subscriptionId) =>
        Agents?.MoveSubscriberAsync(streamId.StreamId, subscriptionId) ?? Task.CompletedTask;

    public async Task UnsubscribeAsync(QualifiedStreamId streamId, GuidId subscriptionId)
    {
        if (SubscriptionIds.IsImplicit(subscriptionId.Guid)) return;
        if (Agents is not null) await Agents.RemoveSubscriberAsync(streamId.StreamId, subscriptionId);
        await Rendezvous(streamId).RemoveAsync(subscriptionId);
    }

    /// <summary>Notes that the subscription has ended at a failed delivery.</summary>
    public Task FaultAsync(QualifiedStreamId streamId, GuidId subscriptionId) =>
        SubscriptionIds.IsImplicit(subscriptionId.Guid)
            ? Task.CompletedTask
            : Rendezvous(streamId).FaultAsync(subscriptionId);

    /// <summary>The subscriptions that get the events of a stream.</summary>
    public async Task<IReadOnlyList<Subscription>> GetSubscribersAsync(QualifiedStreamId streamId)
    {
        List<Subscription> result = [];
        if (kinds != StreamPubSubType.ExplicitGrainBasedOnly) result.AddRange(implicits.Of(streamId));
        if (kinds != StreamPubSubType.ImplicitOnly) result.AddRange(await Rendezvous(streamId).GetAsync());
        return result;
    }

    /// <summary>The subscriptions of one consumer, or all explicit ones for null.</summary>
    public async Task<List<StreamSubscription>> GetSubscriptionsAsync(QualifiedStreamId streamId, GrainId? consumer)
    {
        List<StreamSubscription> result = [];
        if (consumer is { } grain && FindImplicit(streamId, grain) is { } known) result.Add(Describe(known, grain));
        if (kinds == StreamPubSubType.ImplicitOnly) return result;
        foreach (var one in await Rendezvous(streamId).GetAsync())
        {
            if (consumer is null || one.Consumer == consumer) result.Add(Describe(one.Id.Guid, one.Consumer));
        }

        return result;

        StreamSubscription Describe(Guid id, GrainId consumer) =>
            new(id, streamId.ProviderName, streamId.StreamId, consumer);
    }

    private Guid? FindImplicit(QualifiedStreamId streamId, GrainId consumer) =>
        kinds == StreamPubSubType.ExplicitGrainBasedOnly ? null : implicits.Find(streamId, consumer);

    private IRendezvousGrain Rendezvous(QualifiedStreamId streamId) =>
        grains.GetGrain<IRendezvousGrain>(streamId.ToString());
}

/// <summary>A subscription as agents use it. Immutable.</summary>
[Immutable, GenerateSerializer]
internal sealed record Subscription(
    [property: Id(0)] GuidId Id, [property: Id(1)] GrainId Consumer, [property: Id(2)] string? FilterData);

/// <summary>Tells implicit subscriptions from explicit ones by their ids.</summary>
internal static class SubscriptionIds
{
    private const int MarkedByte = 15;
    private const byte ImplicitMark = 0x80;

    public static bool IsImplicit(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return (bytes[MarkedByte] & ImplicitMark) != 0;
    }

    public static Guid NewExplicit() => Mark(Guid.NewGuid(), 0);

    public static Guid AsImplicit(Guid id) => Mark(id, ImplicitMark);

    private static Guid Mark(Guid id, byte mark)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        bytes[MarkedByte] = (byte)((bytes[MarkedByte] & ~ImplicitMark) | mark);
        return new Guid(bytes);
    }
}
