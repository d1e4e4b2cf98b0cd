using Orleans.Runtime;

namespace Weir.Streams.Provider;

/// <summary>
/// Reads the batches of one stream back from the store, ahead of the consumer and off the agent's thread. When the
/// consumer has run dry, it is woken as soon as there is more.
/// </summary>
internal sealed class BackReader(QueueWindow window, StreamId streamId, StreamPosition from) : IDisposable
{
    // So much is read ahead; the next fill begins when half of it is used.
    private const int EnoughBytes = 1 << 20;
    private const int ReadBytes = 256 << 10;
    private const int ReadEvents = 1024;

    private readonly Lock gate = new();
    private readonly Queue<StreamBatchContainer> ready = new();
    private readonly CancellationTokenSource stop = new();
    private StreamPosition readTo = from;
    private IStreamReader? reader;
    private long readyBytes;
    private bool isFilling;
    private bool isWaitedFor;

    /// <summary>The next batch that is at hand.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="upTo">Where there is none: nothing of the stream lies before this.</param>
    public bool TryTake(out StreamBatchContainer? batch, out StreamPosition upTo)
    {
        lock (gate)
        {
            upTo = readTo;
            if (ready.TryDequeue(out batch)) readyBytes -= batch.Bytes;
            else isWaitedFor = true;
            if (readyBytes > EnoughBytes / 2 || isFilling) return batch is not null;
            isFilling = true;
        }
        // Owned by this reader: it observes its own failure and ends with Dispose.
        _ = Task.Run(FillAsync);
        return batch is not null;
    }

    /// <summary>Ends reading; a fill under way ends by itself soon after.</summary>
    public void Dispose()
    {
        stop.Cancel();
        lock (gate)
        {
            if (isFilling) return;
            isFilling = true;
        }
        _ = Task.Run(CloseAsync);
    }

    private async Task FillAsync()
    {
        var before = readTo;
        try
        {
            await BeginAsync();
            while (!window.Holds(readTo) && await FillOnceAsync(reader!))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for what this reads any more.
        }
        catch (Exception e)
        {
            // The window looks again at cursors that are behind, which starts the next attempt.
            window.Source.ReadBackFailed(streamId, readTo, e);
            await CloseAsync();
        }

        bool wake, isStopped;
        lock (gate)
        {
            // Seen with the lock held: either this or Dispose closes the reader.
            isStopped = stop.IsCancellationRequested;
            isFilling = isStopped;
            wake = isWaitedFor && (ready.Count > 0 || readTo > before);
            if (wake) isWaitedFor = false;
        }
        if (wake) window.Wake(streamId);
        if (isStopped) await CloseAsync();
    }

    private async Task BeginAsync()
    {
        if (reader is not null) return;
        var at = await window.Source.ResolveAsync(readTo, stop.Token);
        lock (gate) readTo = at;
        reader = await window.Source.OpenReaderAsync(at, stop.Token);
    }

    private async Task CloseAsync()
    {
        if (reader is null) return;
        await reader.DisposeAsync();
        reader = null;
    }

    // True while there is both more to read and room for it.
    private async Task<bool> FillOnceAsync(IStreamReader opened)
    {
        var read = await opened.TryReadAsync(ReadEvents, ReadBytes, stop.Token);
        if (read is null) return false;
        if (read.Gap is { } gap) window.Source.GapMet(gap);
        var found = window.Source.Decode(read, streamId);
        read.Release();
        window.Source.Metrics.ReadBack(found.Count);
        bool wake, goOn;
        lock (gate)
        {
            foreach (var batch in found)
            {
                ready.Enqueue(batch);
                readyBytes += batch.Bytes;
            }
            readTo = read.Next;
            wake = isWaitedFor && found.Count > 0;
            if (wake) isWaitedFor = false;
            goOn = readyBytes < EnoughBytes && !read.EndOfStream;
        }
        if (wake) window.Wake(streamId);
        return goOn;
    }
}
