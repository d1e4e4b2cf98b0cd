using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>What happens when a subscription can not be served: who is told, and whether it ends.</summary>
internal sealed partial class DeliveryFailures(
    PullingAgent agent, QualifiedStreamId streamId, Subscription subscription, IStreamConsumerExtension consumer)
{
    /// <summary>Tells those concerned of an error; true if the subscription has ended by it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="batch">What could not be delivered; null if the subscription could not be set up.</param>
    /// <param name="token">The place of it, null if there is none.</param>
    public async Task<bool> HandleAsync(Exception error, IBatchContainer? batch, StreamSequenceToken? token)
    {
        var settings = agent.Settings;
        if (error is ClientNotAvailableException)
        {
            await IgnoringErrorsAsync(() => settings.PubSub.UnsubscribeAsync(streamId, subscription.Id));
            return true;
        }

        var handler = settings.FailureHandler;
        await IgnoringErrorsAsync(() => consumer.ErrorInStream(subscription.Id, error));
        await IgnoringErrorsAsync(() => batch is null
            ? handler.OnSubscriptionFailure(subscription.Id, settings.ProviderName, streamId.StreamId, token)
            : handler.OnDeliveryFailure(subscription.Id, settings.ProviderName, streamId.StreamId, token));
        if (!handler.ShouldFaultSubsriptionOnError || SubscriptionIds.IsImplicit(subscription.Id.Guid)) return false;

        var faulted = new FaultedSubscriptionException(
            $"subscription {subscription.Id} to stream '{streamId}' has ended at a failed delivery", error);
        await IgnoringErrorsAsync(() => consumer.ErrorInStream(subscription.Id, faulted));
        await IgnoringErrorsAsync(() => settings.PubSub.FaultAsync(streamId, subscription.Id));
        agent.RemoveInTurn(streamId.StreamId, subscription.Id);
        return true;
    }

    private async Task IgnoringErrorsAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            LogFailedNotice(agent.Settings.Log, exception, subscription.Id, streamId);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Debug, Message = "Subscription {Subscription} of {Stream} could not be told of an error")]
    private static partial void LogFailedNotice(
        ILogger logger, Exception exception, GuidId subscription, QualifiedStreamId stream);
}
