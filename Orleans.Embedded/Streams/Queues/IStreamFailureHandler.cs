using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Is told of deliveries that failed for good.</summary>
public interface IStreamFailureHandler
{
    /// <summary>True if an explicit subscription ends at its first failed delivery (Orleans spells it so).</summary>
    bool ShouldFaultSubsriptionOnError { get; }

    /// <summary>A batch could not be delivered within the time for it.</summary>
    Task OnDeliveryFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken);

    /// <summary>A subscription could not be set up, or its place could not be read.</summary>
    Task OnSubscriptionFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken);
}

/// <summary>Does nothing about failed deliveries.</summary>
public class NoOpStreamDeliveryFailureHandler : IStreamFailureHandler
{
    /// <summary>A handler after which subscriptions go on with the next batch.</summary>
    public NoOpStreamDeliveryFailureHandler() : this(false)
    {
    }

    /// <summary>A handler after which explicit subscriptions end, or do not.</summary>
    public NoOpStreamDeliveryFailureHandler(bool faultOnError) => ShouldFaultSubsriptionOnError = faultOnError;

    /// <inheritdoc/>
    public bool ShouldFaultSubsriptionOnError { get; }

    /// <inheritdoc/>
    public Task OnDeliveryFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamId, StreamSequenceToken? sequenceToken) =>
        Task.CompletedTask;

    /// <inheritdoc/>
    public Task OnSubscriptionFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamId, StreamSequenceToken? sequenceToken) =>
        Task.CompletedTask;
}
