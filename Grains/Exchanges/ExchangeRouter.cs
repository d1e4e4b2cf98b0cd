using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Weir.Archive;
using Weir.Mqtt;
using Weir.Streams;

namespace Weir.Grains.Exchanges;

/// <summary>
/// Hands what the broker receives to the exchanges whose filters take it, and says when all of them have it for good.
/// A message that no exchange takes is accepted as it is: it passes, and is not kept. A message that one of its
/// exchanges refuses is refused as a whole, though others may have it.
/// </summary>
internal sealed partial class ExchangeRouter(ExchangeSet exchanges, ILogger<ExchangeRouter> logger) : IPublishHandler
{
    // Half of what an exchange takes at once, with room for one message more.
    private const int EnoughBytes = 8 << 20;

    public ValueTask HandleAsync(PublishBatch batch, CancellationToken cancellationToken)
    {
        var routes = exchanges.Routes;
        if (routes.Targets.Length == 0) return ValueTask.CompletedTask;

        var messages = ArrayPool<InboundMessage>.Shared.Rent(batch.Count);
        try
        {
            Part? first = null;
            List<Part>? others = null;
            foreach (var target in routes.Targets)
            {
                for (var from = 0; from < batch.Count;)
                {
                    var (count, to) = Collect(batch, routes, target, messages, from);
                    // The exchange has read the messages when the call returns, so the next part may use the array.
                    if (count > 0 && Hand(target, messages.AsSpan(0, count), from, to, cancellationToken) is { } part)
                    {
                        if (first is null) first = part;
                        else (others ??= []).Add(part);
                    }
                    from = to;
                }
            }
            return first is null ? ValueTask.CompletedTask
                : others is null ? FinishAsync(batch, routes, first.Value)
                : FinishAsync(batch, routes, [first.Value, .. others]);
        }
        finally
        {
            ArrayPool<InboundMessage>.Shared.Return(messages, clearArray: true);
        }
    }

    /// <returns>Null where the exchange has them already.</returns>
    private static Part? Hand(IExchangeTarget target, ReadOnlySpan<InboundMessage> messages, int from, int to, CancellationToken cancellationToken)
    {
        ValueTask accepted;
        try
        {
            accepted = target.AcceptAsync(messages, cancellationToken);
        }
        catch (Exception fault)
        {
            accepted = ValueTask.FromException(fault);
        }
        return accepted.IsCompletedSuccessfully ? null : new Part(target, from, to, accepted);
    }

    private static (int Count, int To) Collect(PublishBatch batch, ExchangeRoutes routes, IExchangeTarget target, InboundMessage[] part, int from)
    {
        var (count, bytes, at) = (0, 0, from);
        for (; at < batch.Count && bytes < EnoughBytes; at++)
        {
            ref readonly var message = ref batch.Messages[at];
            if (!routes.Of(message.Topic).Contains(target)) continue;
            part[count++] = new InboundMessage(
                message.Topic.Utf8, message.Payload, (byte)message.QoS, message.Retain, message.Timestamp, message.RawProperties,
                message.MayBeKept);
            bytes += message.Payload.Length;
        }
        return (count, at);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(PublishBatch batch, ExchangeRoutes routes, Part part)
    {
        try
        {
            await part.Accepted;
        }
        catch (Exception fault)
        {
            Refuse(batch, routes, part, fault);
        }
    }

    private async ValueTask FinishAsync(PublishBatch batch, ExchangeRoutes routes, List<Part> parts)
    {
        foreach (var part in parts) await FinishAsync(batch, routes, part);
    }

    private void Refuse(PublishBatch batch, ExchangeRoutes routes, Part part, Exception fault)
    {
        // What has no room, in a ring or on a disk, was told to the log and as a gap by the exchange.
        var isFull = fault is ExchangeFullException or StreamStoreException;
        if (!isFull) LogRefused(logger, fault);
        for (var i = part.From; i < part.To; i++)
        {
            if (routes.Of(batch.Messages[i].Topic).Contains(part.Target))
                batch.Reject(i, isFull ? ReasonCode.QuotaExceeded : ReasonCode.UnspecifiedError);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An exchange took messages in vain.")]
    private static partial void LogRefused(ILogger logger, Exception fault);

    /// <summary>What an exchange was handed of a batch: those of its messages from one up to another that belong to it.</summary>
    private readonly record struct Part(IExchangeTarget Target, int From, int To, ValueTask Accepted);
}
