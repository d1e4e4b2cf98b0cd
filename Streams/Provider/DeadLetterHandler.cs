using System.Text;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>
/// Writes what a consumer did not take to the provider's dead-letter stream. Its subscription goes on behind it: one
/// poisonous event must not stop all that follow.
/// </summary>
internal sealed class DeadLetterHandler(
    IStreamStore store, QueueSource queue, StreamName deadLetters, StreamOptions options, DeliveryErrors errors,
    TimeProvider time) : IStreamFailureHandler
{
    private readonly Guid writerId = Guid.NewGuid();

    public bool ShouldFaultSubsriptionOnError => false;

    public async Task OnDeliveryFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken)
    {
        var error = errors.Take(subscriptionId, sequenceToken);
        queue.Metrics.DeadLetter();
        StreamProviderMessages.DeliveryGivenUp(
            queue.Logger, streamIdentity, streamProviderName, sequenceToken, subscriptionId, deadLetters, error);
        try
        {
            var letter = new DeadLetter
            {
                Provider = streamProviderName, Namespace = streamIdentity.GetNamespace() ?? "",
                Key = streamIdentity.GetKeyAsString(), Subscription = subscriptionId.Guid,
                Token = sequenceToken?.ToString() ?? "", At = time.GetUtcNow(), Error = error,
            };
            await AppendAsync(sequenceToken is StreamToken token ? await WithEventsAsync(letter, token.Position) : letter);
        }
        catch (Exception e) when (e is StreamStoreException or ArgumentException or ObjectDisposedException)
        {
            StreamProviderMessages.DeadLetterFailed(
                queue.Logger, streamIdentity, sequenceToken, subscriptionId, deadLetters, e);
        }
    }

    public Task OnSubscriptionFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken)
    {
        StreamProviderMessages.SubscriptionFailed(
            queue.Logger, subscriptionId, streamIdentity, streamProviderName, sequenceToken);
        return Task.CompletedTask;
    }

    private async Task<DeadLetter> WithEventsAsync(DeadLetter letter, StreamPosition position)
    {
        await using var reader = await queue.OpenReaderAsync(position, CancellationToken.None);
        var read = await reader.TryReadAsync(maxEvents: 1);
        if (read is null || read.Gap is not null || read.Events.IsEmpty) return letter;
        return WithEvents(letter, read.Events.Span[0].Payload.Span);
    }

    private static DeadLetter WithEvents(DeadLetter letter, ReadOnlySpan<byte> payload)
    {
        if (!QueueEvent.TryRead(payload, out var batch)) return letter;
        var events = new List<byte[]>(batch.Count);
        var rest = batch.Events;
        while (events.Count < batch.Count && QueueEvent.TryTake(rest, out var one, out rest)) events.Add(one.ToArray());
        return letter with { EventType = Encoding.UTF8.GetString(batch.TypeName), Events = events };
    }

    private async Task AppendAsync(DeadLetter letter)
    {
        await store.CreateAsync(deadLetters, options);
        await using var writer = await store.OpenWriterAsync(deadLetters, writerId);
        await writer.AppendAsync(new EventBatch(
            new StreamEvent[] { new(letter.Write(), time.Microseconds()) }, $"{letter.Namespace}/{letter.Key}"));
    }
}
