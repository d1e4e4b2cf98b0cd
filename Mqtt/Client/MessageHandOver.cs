using System.Threading.Channels;

namespace Weir.Mqtt;

/// <summary>Hands messages from a subscription's handler to whoever enumerates them, one at a time.</summary>
internal sealed class MessageHandOver : IAsyncDisposable
{
    private readonly Channel<(ReceivedMessage Message, TaskCompletionSource Taken)> channel =
        Channel.CreateBounded<(ReceivedMessage, TaskCompletionSource)>(1);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? current;

    /// <param name="clientEnds">Finished when no message will come any more.</param>
    public MessageHandOver(Task clientEnds) =>
        clientEnds.ContinueWith(_ => channel.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>The handler: finished when the message has been dealt with, or nobody enumerates any more.</summary>
    public async ValueTask GiveAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!channel.Writer.TryWrite((message, taken))) return;
        await Task.WhenAny(taken.Task, ended.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The one before has been dealt with; gives the next, or null when the client has ended.</summary>
    public async ValueTask<ReceivedMessage?> TakeAsync(CancellationToken cancellationToken)
    {
        current?.TrySetResult();
        current = null;
        if (!await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) || !channel.Reader.TryRead(out var next)) return null;
        current = next.Taken;
        return next.Message;
    }

    public ValueTask DisposeAsync()
    {
        channel.Writer.TryComplete();
        ended.TrySetResult();
        return default;
    }
}
