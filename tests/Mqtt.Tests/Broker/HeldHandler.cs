using System.Collections.Concurrent;

namespace Weir.Mqtt.Tests.Broker;

/// <summary>A handler that accepts when it is told to.</summary>
internal sealed class HeldHandler : IPublishHandler
{
    private readonly TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConcurrentQueue<string> Payloads { get; } = new();

    public int Batches;

    public Func<PublishBatch, ValueTask>? Then { get; init; }

    public void Release() => release.TrySetResult();

    public async ValueTask HandleAsync(PublishBatch batch, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Batches);
        foreach (var message in batch.Messages.ToArray()) Payloads.Enqueue(System.Text.Encoding.UTF8.GetString(message.Payload.Span));
        await release.Task.WaitAsync(cancellationToken);
        if (Then is not null) await Then(batch);
    }
}
