using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>Appends to a stream in Pravega. Calls that overlap share a block; each batch lies in one block, so all of it is stored or none.</summary>
internal sealed class PravegaStreamWriter : IStreamWriter
{
    private readonly Func<CancellationToken, Task<NumberedWriter>> open;
    private readonly Func<CancellationToken, Task<StreamPosition>> tail;
    private readonly SemaphoreSlim opening = new(1, 1);
    private readonly Lock gate = new();
    private readonly TimeIndex times;
    private readonly WrittenTimes written = new();
    private Task keeping = Task.CompletedTask;
    private NumberedWriter? writer;
    private Task lastAppend = Task.CompletedTask;
    private long given, stored;
    private bool isDisposed;

    public PravegaStreamWriter(
        StreamName stream, NumberedWriter writer, Func<CancellationToken, Task<NumberedWriter>> open,
        Func<CancellationToken, Task<StreamPosition>> tail, TimeIndex times)
    {
        this.times = times;
        Stream = stream;
        this.writer = writer;
        this.open = open;
        this.tail = tail;
        given = stored = writer.LastNumber;
    }

    public StreamName Stream { get; }

    public long LastEventNumber => Interlocked.Read(ref stored);

    public ValueTask<StreamRange> AppendAsync(EventBatch batch, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(isDisposed, this);
        ValueTask<StoredAt> append;
        NumberedWriter used;
        long last;
        lock (gate)
        {
            if (writer is null) return ReopenAndAppendAsync(batch, cancellationToken);
            used = writer;
            var first = batch.FirstEventNumber ?? given + 1;
            var skip = (int)Math.Clamp(given - first + 1, 0, batch.Events.Length);
            if (skip == batch.Events.Length) return RepeatAsync(lastAppend, cancellationToken);
            last = first + batch.Events.Length - 1;
            try
            {
                append = used.WriteAsync(new BatchEvents(batch.Events[skip..]), last, CancellationToken.None);
            }
            catch (PravegaException e)
            {
                return Failed(used, e);
            }
            given = last;
            // Somebody may have to wait for it, and a value task can be awaited once.
            var task = FinishAsync(used, append, last, HighestOf(batch.Events.Span[skip..]));
            lastAppend = task;
            return cancellationToken.CanBeCanceled ? new(task.WaitAsync(cancellationToken)) : new(task);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        NumberedWriter? last;
        lock (gate) (last, writer) = (writer, null);
        if (last is not null) await last.DisposeAsync().ConfigureAwait(false);
        Task kept;
        lock (gate) kept = keeping;
        await kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static long HighestOf(ReadOnlySpan<StreamEvent> events)
    {
        var highest = long.MinValue;
        foreach (ref readonly var one in events) highest = Math.Max(highest, one.Timestamp);
        return highest;
    }

    // One after another, beside the appends; where it fails, a search reads that part.
    private void Keep(TimePart part)
    {
        lock (gate) keeping = KeepAsync(keeping, part);
    }

    private async Task KeepAsync(Task before, TimePart part)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await times.KeepAsync(part, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<StreamRange> FinishAsync(NumberedWriter used, ValueTask<StoredAt> append, long last, long highest)
    {
        try
        {
            var at = await append.ConfigureAwait(false);
            var before = Interlocked.Read(ref stored);
            while (before < last && Interlocked.CompareExchange(ref stored, last, before) is var seen && seen != before) before = seen;
            if (at.Offset is { } offset)
            {
                var epoch = at.Segment.Epoch;
                var range = new StreamRange(new StreamPosition(epoch, offset), new StreamPosition(epoch, offset + at.Bytes));
                if (written.Appended(range, highest) is { } part) Keep(part);
                return range;
            }
            // It was found stored after a lost connection, where nobody tells its place any more.
            return await AtTailAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (PravegaException e)
        {
            GiveUp(used);
            throw PravegaErrors.Translated(e, Stream);
        }
        catch (ObjectDisposedException) when (!isDisposed)
        {
            GiveUp(used);
            throw new StreamStoreException($"The store that the writer of stream '{Stream}' belongs to is closed.");
        }
    }

    private async ValueTask<StreamRange> Failed(NumberedWriter used, PravegaException error)
    {
        GiveUp(used);
        await ValueTask.CompletedTask.ConfigureAwait(false);
        throw PravegaErrors.Translated(error, Stream);
    }

    // All of it is stored, or on its way: then the answer comes when that has arrived.
    private async ValueTask<StreamRange> RepeatAsync(Task onItsWay, CancellationToken cancellationToken)
    {
        await onItsWay.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await AtTailAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<StreamRange> AtTailAsync(CancellationToken cancellationToken)
    {
        var end = await PravegaErrors.GuardAsync(Stream, () => tail(cancellationToken)).ConfigureAwait(false);
        return new StreamRange(end, end);
    }

    private async ValueTask<StreamRange> ReopenAndAppendAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (writer is null)
            {
                var opened = await PravegaErrors.GuardAsync(Stream, () => open(cancellationToken)).ConfigureAwait(false);
                lock (gate)
                {
                    // What had been given and is not there was told to its caller as failed.
                    given = stored = opened.LastNumber;
                    lastAppend = Task.CompletedTask;
                    writer = opened;
                }
            }
        }
        finally
        {
            opening.Release();
        }
        return await AppendAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    private void GiveUp(NumberedWriter used)
    {
        lock (gate)
        {
            if (writer != used) return;
            writer = null;
        }
        // Owned by itself: it has failed already, so that it ends at once.
        _ = used.AbandonAsync().AsTask();
    }
}
