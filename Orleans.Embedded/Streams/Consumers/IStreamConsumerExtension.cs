using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>How agents reach the subscriptions of a grain.</summary>
internal interface IStreamConsumerExtension : IGrainExtension
{
    /// <summary>Delivers a batch.</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="known">Where the agent believes the subscription to stand.</param>
    /// <returns>Null if the batch is done with, or else where the subscription really stands.</returns>
    Task<HandshakeToken?> DeliverBatch(
        GuidId subscriptionId, QualifiedStreamId streamId, [Immutable] IBatchContainer batch, HandshakeToken? known);

    /// <summary>Tells of an error.</summary>
    Task ErrorInStream(GuidId subscriptionId, [Immutable] Exception exception);

    /// <summary>Where the subscription stands; null if it has no wish.</summary>
    Task<HandshakeToken?> GetSequenceToken(GuidId subscriptionId);
}
