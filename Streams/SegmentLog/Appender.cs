using Microsoft.Extensions.Logging;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// Puts the appends of one stream in order. It runs only while there is work; the appends that come in meanwhile
/// share the next write (group commit). All else that changes segments runs here too, as a command.
/// </summary>
internal sealed class Appender(StreamLog log, ActiveSegment active, AppendOperationPool pool, int maxBatchBytes)
    : IThreadPoolWorkItem
{
    // More in one write would only make the first of the group wait longer.
    private const int MaxGroupBytes = 8 << 20;

    private readonly Lock gate = new();
    private readonly List<AppendOperation> group = [];
    private readonly List<ReadOnlyMemory<byte>> buffers = [];
    private AppendOperation? first;
    private AppendOperation? last;
    private List<(Action Run, TaskCompletionSource Done)> commands = [];
    private Func<Exception>? closed;
    private bool running;
    private bool failing;

    /// <summary>Queues a batch; batches keep the order of the calls.</summary>
    public ValueTask<StreamRange> AppendAsync(WriterState writer, in EventBatch batch, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<StreamRange>(cancellationToken);
        if (Volatile.Read(ref closed) is { } why) return ValueTask.FromException<StreamRange>(why());
        if (batch.Events.IsEmpty) return ValueTask.FromResult(log.EmptyRange);

        var payload = 0L;
        foreach (ref readonly var e in batch.Events.Span) payload += e.Payload.Length;
        var length = BatchHeader.LengthOf(batch.Events.Length, payload);
        if (length > maxBatchBytes)
        {
            return ValueTask.FromException<StreamRange>(new ArgumentException(
                $"A batch for stream '{log.Name}' would take {length:N0} bytes, but at most {maxBatchBytes:N0} are allowed "
                + $"({nameof(SegmentLogOptions)}.{nameof(SegmentLogOptions.MaxBatchBytes)}); split it.", nameof(batch)));
        }

        var operation = pool.Rent();
        operation.Begin(writer, batch, (int)length, cancellationToken);
        var result = operation.Task;
        bool start;
        lock (gate)
        {
            if (closed is { } since)
            {
                // Its caller gets the answer through the operation, which may have been cancelled a moment ago.
                if (operation.TryTake()) operation.Fail(since());
                else operation.Release();
                return result;
            }
            if (last is null) first = operation;
            else last.Next = operation;
            last = operation;
            start = !running;
            running = true;
        }
        if (!log.IsInMemory)
        {
            if (start) log.Schedule(this);
        }
        else if (start)
        {
            // Memory is written by whom finds the appender at rest: a change of threads would cost many times the work.
            Execute();
        }
        else
        {
            AwaitBriefly(result);
        }
        return result;
    }

    /// <summary>Runs a change after the appends that were queued before it.</summary>
    /// <param name="command">What to do.</param>
    /// <param name="closing">If set, appends after it fail with this.</param>
    public Task RunAsync(Action command, Func<Exception>? closing = null)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool start;
        lock (gate)
        {
            if (closing is not null) closed = closing;
            commands.Add((command, done));
            start = !running;
            running = true;
        }
        if (start) log.Schedule(this);
        return done.Task;
    }

    /// <summary>Appends fail with this from now on.</summary>
    public void Close(Func<Exception> closing)
    {
        lock (gate) closed = closing;
    }

    /// <summary>Takes appends again after a closing that did not come about.</summary>
    public void Reopen(Func<Exception> closing)
    {
        lock (gate)
        {
            if (closed == closing) closed = null;
        }
    }

    public void Execute()
    {
        AppendOperation? appends;
        List<(Action Run, TaskCompletionSource Done)>? changes;
        lock (gate)
        {
            appends = first;
            first = last = null;
            changes = commands.Count > 0 ? commands : null;
            if (changes is not null) commands = [];
        }

        while (appends is not null)
        {
            appends = Gather(appends);
            if (group.Count > 0) Commit();
        }
        if (changes is not null) Run(changes);

        lock (gate)
        {
            if (first is null && commands.Count == 0)
            {
                running = false;
                return;
            }
        }
        // A busy stream queues up again, so that it does not keep the thread from the others.
        log.Schedule(this);
    }

    // Another thread is at it, and will be done before this one could be put to sleep and woken.
    private static void AwaitBriefly(in ValueTask<StreamRange> append)
    {
        var spin = new SpinWait();
        while (!append.IsCompleted && !spin.NextSpinWillYield) spin.SpinOnce(sleep1Threshold: -1);
    }

    private void Run(List<(Action Run, TaskCompletionSource Done)> changes)
    {
        foreach (var (run, done) in changes)
        {
            try
            {
                run();
                done.SetResult();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                done.SetException(StoreFailure.For(log.Name, log.Folder, "changed", e));
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }
    }

    // Fills the group with what fits into one write to one segment; gives the first append that did not fit.
    private AppendOperation? Gather(AppendOperation? operation)
    {
        group.Clear();
        var bytes = 0L;
        var room = Math.Min(active.RoomFor(operation!.Length), MaxGroupBytes);
        while (operation is not null && (bytes == 0 || bytes + operation.Length <= room))
        {
            var next = operation.Next;
            if (operation.TryTake())
            {
                if (!operation.TryNumber())
                {
                    operation.Fail(StoreFailure.EarlierIsMissing(log.Name, operation.Writer));
                }
                else
                {
                    group.Add(operation);
                    if (operation.Count > 0) bytes += operation.Length;
                }
            }
            else
            {
                operation.Release();
            }
            operation = next;
        }
        return operation;
    }

    private void Commit()
    {
        try
        {
            Store();
        }
        catch (Exception e)
        {
            foreach (var operation in group) operation.Undo();
            active.Undo();
            log.Metrics.Failed(log.Name, group.Count);
            if (!failing) SegmentLogMessages.AppendFailed(log.Logger, log.Name, e);
            failing = true;
            foreach (var operation in group) operation.Fail(StoreFailure.For(log.Name, log.Folder, "appended to", e));
            return;
        }
        if (failing) SegmentLogMessages.AppendsWorkAgain(log.Logger, log.Name);
        failing = false;

        var tail = log.EmptyRange;
        foreach (var operation in group)
        {
            operation.Succeed(operation.Count == 0 ? tail : new StreamRange(
                StreamLog.At(operation.Header.FirstOffset), StreamLog.At(operation.Header.NextOffset)));
        }
    }

    private void Store()
    {
        var bytes = 0L;
        foreach (var operation in group) bytes += operation.Count > 0 ? operation.Length : 0;
        if (bytes == 0) return;

        active.MakeRoom(bytes);
        buffers.Clear();
        var first = active.NextOffset;
        var offset = first;
        foreach (var operation in group)
        {
            if (operation.Count == 0) continue;
            operation.Place(offset);
            offset += operation.Count;
            buffers.Add(operation.Bytes);
        }
        active.Write(buffers);
        log.Wrote(bytes);

        foreach (var operation in group)
        {
            if (operation.Count == 0) continue;
            active.Publish(operation.Header);
            operation.Writer.Stored(operation.Header.LastEventNumber, operation.Header.FirstOffset);
        }
        log.Metrics.Appended(log.Name, offset - first, bytes);
        log.Advance(offset);
    }
}
