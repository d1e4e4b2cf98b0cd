using System.Diagnostics.CodeAnalysis;
using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams.PubSub;

/// <summary>Subscribing other grains by interface and key.</summary>
public static class StreamSubscriptionManagerExtensions
{
    /// <summary>The provider's subscription manager; false if it has none.</summary>
    public static bool TryGetStreamSubscriptionManager(
        this IStreamProvider streamProvider, [NotNullWhen(true)] out IStreamSubscriptionManager? manager)
    {
        manager = (streamProvider as IStreamSubscriptionManagerRetriever)?.GetStreamSubscriptionManager();
        return manager is not null;
    }

    /// <summary>Subscribes the grain of that interface and key.</summary>
    public static Task<StreamSubscription> AddSubscription<TGrainInterface>(
        this IStreamSubscriptionManager manager, IGrainFactory grainFactory, StreamId streamId,
        string streamProviderName, Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey =>
        Add(manager, streamProviderName, streamId,
            grainFactory.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix));

    /// <summary>Subscribes the grain of that interface and key.</summary>
    public static Task<StreamSubscription> AddSubscription<TGrainInterface>(
        this IStreamSubscriptionManager manager, IGrainFactory grainFactory, StreamId streamId,
        string streamProviderName, long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        Add(manager, streamProviderName, streamId,
            grainFactory.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix));

    /// <summary>Subscribes the grain of that interface and key.</summary>
    public static Task<StreamSubscription> AddSubscription<TGrainInterface>(
        this IStreamSubscriptionManager manager, IGrainFactory grainFactory, StreamId streamId,
        string streamProviderName, string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        Add(manager, streamProviderName, streamId,
            grainFactory.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix));

    /// <summary>Subscribes the grain of that interface and compound key.</summary>
    public static Task<StreamSubscription> AddSubscription<TGrainInterface>(
        this IStreamSubscriptionManager manager, IGrainFactory grainFactory, StreamId streamId,
        string streamProviderName, Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey =>
        Add(manager, streamProviderName, streamId,
            grainFactory.GetGrain<TGrainInterface>(primaryKey, keyExtension, grainClassNamePrefix));

    /// <summary>Subscribes the grain of that interface and compound key.</summary>
    public static Task<StreamSubscription> AddSubscription<TGrainInterface>(
        this IStreamSubscriptionManager manager, IGrainFactory grainFactory, StreamId streamId,
        string streamProviderName, long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey =>
        Add(manager, streamProviderName, streamId,
            grainFactory.GetGrain<TGrainInterface>(primaryKey, keyExtension, grainClassNamePrefix));

    /// <summary>Subscribes the grain of that identity.</summary>
    public static Task<StreamSubscription> AddSubscription<TGrainInterface>(
        this IStreamSubscriptionManager manager, IGrainFactory grainFactory, StreamId streamId,
        string streamProviderName, GrainId grainId)
        where TGrainInterface : IGrainWithGuidKey =>
        Add(manager, streamProviderName, streamId, grainFactory.GetGrain<TGrainInterface>(grainId));

    private static Task<StreamSubscription> Add(
        IStreamSubscriptionManager manager, string providerName, StreamId streamId, IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(manager);
        return manager.AddSubscription(providerName, streamId, (GrainReference)grain);
    }
}
