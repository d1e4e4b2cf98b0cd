using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

internal static partial class StreamProviderMessages
{
    [LoggerMessage(101, LogLevel.Warning,
        "Queue {Queue} skips {From} to {To} ({Cause}): {Detail}")]
    public static partial void GapMet(
        ILogger logger, StreamName queue, StreamPosition from, StreamPosition to, GapCause cause, string detail);

    [LoggerMessage(102, LogLevel.Warning,
        "Queue {Queue} has something at {Position} that no stream provider wrote; it is skipped.")]
    public static partial void ForeignEvent(ILogger logger, StreamName queue, StreamPosition position);

    [LoggerMessage(103, LogLevel.Warning,
        "Queue {Queue}: stream {StreamId} could not be read back at {Position}; it is tried again.")]
    public static partial void ReadBackFailed(
        ILogger logger, StreamName queue, StreamId streamId, StreamPosition position, Exception exception);

    [LoggerMessage(104, LogLevel.Warning, "Queue {Queue} could not be opened yet; it is tried again.")]
    public static partial void QueueNotOpen(ILogger logger, StreamName queue, Exception exception);

    [LoggerMessage(105, LogLevel.Error, "Queue {Queue} is sealed; it will have no more events.")]
    public static partial void QueueSealed(ILogger logger, StreamName queue);

    [LoggerMessage(106, LogLevel.Warning, "Queue {Queue} has another owner now; this one stops.")]
    public static partial void Fenced(ILogger logger, StreamName queue, Exception exception);

    [LoggerMessage(107, LogLevel.Warning,
        "Queue {Queue}: its position was not stored, or what is done with not given up; it is tried again.")]
    public static partial void CheckpointFailed(ILogger logger, StreamName queue, Exception exception);

    [LoggerMessage(108, LogLevel.Error,
        "The batch of stream {StreamId} of provider {Provider} at {Token} was not delivered to subscription "
        + "{Subscription}, which goes on behind it; it lies in {DeadLetters}. The last error: {Error}")]
    public static partial void DeliveryGivenUp(
        ILogger logger, StreamId streamId, string provider, StreamSequenceToken? token, GuidId subscription,
        StreamName deadLetters, string? error);

    [LoggerMessage(109, LogLevel.Error,
        "Subscription {Subscription} to stream {StreamId} of provider {Provider} could not begin at {Token}.")]
    public static partial void SubscriptionFailed(
        ILogger logger, GuidId subscription, StreamId streamId, string provider, StreamSequenceToken? token);

    [LoggerMessage(110, LogLevel.Error,
        "The batch of stream {StreamId} at {Token}, which subscription {Subscription} did not take, could not be written "
        + "to {DeadLetters}; it stays in its queue for the replay window.")]
    public static partial void DeadLetterFailed(
        ILogger logger, StreamId streamId, StreamSequenceToken? token, GuidId subscription, StreamName deadLetters,
        Exception exception);

    [LoggerMessage(111, LogLevel.Warning,
        "Queue {Queue} could not be looked through for its streams: subscriptions to what lies before the start may wait "
        + "for their streams' next events.")]
    public static partial void ScanFailed(ILogger logger, StreamName queue, Exception exception);
}
