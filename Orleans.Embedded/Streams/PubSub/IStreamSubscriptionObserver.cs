using Orleans.Runtime;

namespace Orleans.Streams.Core;

/// <summary>
/// Implemented by grains whose subscriptions were made for them: implicitly, or by
/// <see cref="IStreamSubscriptionManager"/>.
/// </summary>
public interface IStreamSubscriptionObserver
{
    /// <summary>
    /// Called at the first event for a subscription that no observer is attached to, to attach one with
    /// <c>handleFactory.Create&lt;T&gt;().ResumeAsync(observer)</c>.
    /// </summary>
    Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory);
}

/// <summary>Gives the handle of a subscription with the type of its events.</summary>
public interface IStreamSubscriptionHandleFactory
{
    /// <summary>The stream.</summary>
    StreamId StreamId { get; }

    /// <summary>The provider's name.</summary>
    string ProviderName { get; }

    /// <summary>The subscription's identity.</summary>
    GuidId SubscriptionId { get; }

    /// <summary>The handle.</summary>
    StreamSubscriptionHandle<T> Create<T>();
}

/// <summary>Makes and ends explicit subscriptions of other grains.</summary>
public interface IStreamSubscriptionManager
{
    /// <summary>Subscribes a grain, which should implement <see cref="IStreamSubscriptionObserver"/>.</summary>
    Task<StreamSubscription> AddSubscription(string streamProviderName, StreamId streamId, GrainReference grainRef);

    /// <summary>Ends a subscription.</summary>
    Task RemoveSubscription(string streamProviderName, StreamId streamId, Guid subscriptionId);

    /// <summary>The explicit subscriptions to a stream.</summary>
    Task<IEnumerable<StreamSubscription>> GetSubscriptions(string streamProviderName, StreamId streamId);
}

/// <summary>Implemented by providers that have a subscription manager.</summary>
public interface IStreamSubscriptionManagerRetriever
{
    /// <summary>The subscription manager.</summary>
    IStreamSubscriptionManager GetStreamSubscriptionManager();
}

/// <summary>Gives subscription managers; a service of the silo.</summary>
public interface IStreamSubscriptionManagerAdmin
{
    /// <summary>The manager of that kind: <see cref="StreamSubscriptionManagerType.ExplicitSubscribeOnly"/>.</summary>
    IStreamSubscriptionManager GetStreamSubscriptionManager(string managerType);
}

/// <summary>The kinds of subscription managers.</summary>
public static class StreamSubscriptionManagerType
{
    /// <summary>One for explicit subscriptions.</summary>
    public const string ExplicitSubscribeOnly = "ExplicitSubscribeOnly";
}

/// <summary>A subscription of a grain to a stream. Immutable.</summary>
[Immutable, GenerateSerializer]
public sealed class StreamSubscription(
    Guid subscriptionId, string streamProviderName, StreamId streamId, GrainId grainId)
{
    /// <summary>The subscription's identity.</summary>
    [Id(0)]
    public Guid SubscriptionId { get; } = subscriptionId;

    /// <summary>The provider's name.</summary>
    [Id(1)]
    public string StreamProviderName { get; } = streamProviderName;

    /// <summary>The stream.</summary>
    [Id(2)]
    public StreamId StreamId { get; } = streamId;

    /// <summary>The grain.</summary>
    [Id(3)]
    public GrainId GrainId { get; } = grainId;
}
