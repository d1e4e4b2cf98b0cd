using System.Buffers;

namespace Weir.Grains.Peers;

/// <summary>
/// Sends messages to another silo in bundles. One call is under way at a time, which keeps the order; what comes
/// meanwhile goes with the next, so that a busy way has few calls with many messages. May be called from any thread.
/// </summary>
/// <param name="send">Sends the bytes of so many messages.</param>
internal sealed class BundleSender(Func<ReadOnlyMemory<byte>, int, Task> send)
{
    // What is added at one go stays together, so a bundle may be larger.
    private const int EnoughBytes = 1 << 20;

    private readonly Lock gate = new();
    private readonly Queue<Bundle> waiting = new();
    private Bundle? filling;
    private bool isSending;
    private long waitingBytes;

    /// <summary>Bytes that wait or are under way.</summary>
    public long WaitingBytes => Volatile.Read(ref waitingBytes);

    /// <summary>Adds messages; they have been read when the call returns. The task ends when their bundle was sent.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="write">Writes them and answers how many there were.</param>
    public Task Add<T>(T messages, Func<IBufferWriter<byte>, T, int> write)
        where T : allows ref struct
    {
        Bundle bundle;
        bool start;
        lock (gate)
        {
            if (filling is null || filling.Bytes.WrittenCount > EnoughBytes) waiting.Enqueue(filling = new Bundle());
            bundle = filling;
            var before = bundle.Bytes.WrittenCount;
            bundle.Messages += write(bundle.Bytes, messages);
            waitingBytes += bundle.Bytes.WrittenCount - before;
            start = !isSending;
            isSending = true;
        }
        // Ends by itself when nothing waits any more; each bundle's task tells what happens to it.
        if (start) _ = Task.Run(SendAllAsync, CancellationToken.None);
        return bundle.Sent.Task;
    }

    private async Task SendAllAsync()
    {
        while (TryTake(out var bundle))
        {
            try
            {
                await send(bundle.Bytes.WrittenMemory, bundle.Messages);
                bundle.Sent.SetResult();
            }
            catch (Exception e)
            {
                bundle.Sent.SetException(e);
            }
            lock (gate) waitingBytes -= bundle.Bytes.WrittenCount;
        }
    }

    private bool TryTake(out Bundle bundle)
    {
        lock (gate)
        {
            isSending = waiting.TryDequeue(out bundle!);
            if (bundle == filling) filling = null;
            return isSending;
        }
    }

    private sealed class Bundle
    {
        public ArrayBufferWriter<byte> Bytes { get; } = new();

        public int Messages { get; set; }

        public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
