using Weir.Grains.Exchanges;
using Weir.Grains.Transfers.Receiving;
using Weir.Grains.Transfers.Searching;
using Weir.Mqtt;

namespace Weir.Grains.Transfers;

/// <summary>
/// What the broker hands messages to: commands to the site (<c>$weir/search/…</c>, <c>$file/…</c>) are carried out, and all
/// messages go on to the exchanges. A command's publisher is answered when it has been carried out.
/// </summary>
internal sealed class CommandIntake(ExchangeRouter exchanges, FileCommands files, SearchCommands searches) : IPublishHandler
{
    public ValueTask HandleAsync(PublishBatch batch, CancellationToken cancellationToken)
    {
        var kept = exchanges.HandleAsync(batch, cancellationToken);
        // What this process itself publishes is no command to it.
        if (batch.ClientId.Length == 0) return kept;
        List<Task>? commands = null;
        for (var i = 0; i < batch.Count; i++)
        {
            ref readonly var message = ref batch.Messages[i];
            if (message.Topic.Utf8.Span[0] != (byte)'$') continue;
            if (FileCommand.IsOne(message.Topic)) (commands ??= []).Add(FileAsync(batch, i, message.Topic.Name, message.Payload));
            else if (SearchCommands.IsOne(message.Topic)) searches.Take(batch.ClientId, message.Topic.Name, message.Payload.ToArray());
        }
        return commands is null ? kept : new ValueTask(Task.WhenAll([kept.AsTask(), .. commands]));
    }

    private async Task FileAsync(PublishBatch batch, int index, string topic, ReadOnlyMemory<byte> payload)
    {
        var verdict = await files.TakeAsync(batch.ClientId, topic, payload);
        if (verdict.Reason < ReasonCode.UnspecifiedError || FileCommand.IsAsync(topic)) return;
        lock (batch) batch.Reject(index, verdict.Reason);
    }
}
