using System.Buffers.Binary;

namespace Weir.Mqtt;

/// <summary>
/// Gathers records in memory in one order and hands them to the <see cref="IMqttJournal"/> together, as many as there are
/// when those before have been kept. Thread-safe; its gate is the innermost of the broker's locks.
/// </summary>
internal sealed class JournalBuffer(IMqttJournal store, BrokerClock clock, BrokerLog log) : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly AutoResetSignal ready = new();
    private readonly CancellationTokenSource stopping = new();
    private PacketBuffer filling = new(1024, keptCapacity: 1 << 20);
    private PacketBuffer sending = new(1024, keptCapacity: 1 << 20);
    private TaskCompletionSource filled = NewSource();
    private TaskCompletionSource sent = NewSource();
    private TaskCompletionSource? marking;
    private TaskCompletionSource? ending;
    private Task flushing = Task.CompletedTask;
    private long appended;
    private long sendingUpTo;
    private long kept;
    private volatile bool closing;

    /// <summary>Held while a record is written.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Where records are written, one after the other; the gate guards it.</summary>
    public PacketBuffer Records => filling;

    /// <summary>How far the records go that have been written; bytes since the start.</summary>
    public long Appended => Volatile.Read(ref appended);

    /// <summary>Begins to hand records over.</summary>
    public void Open() => flushing = FlushAsync();

    /// <summary>So many bytes of records have been written; the gate is held.</summary>
    public void Add(int bytes)
    {
        Volatile.Write(ref appended, appended + bytes);
        ready.Set();
    }

    public bool IsKept(long upTo) => Volatile.Read(ref kept) >= upTo;

    /// <summary>Waits until the records up to a place are kept.</summary>
    public ValueTask WaitAsync(long upTo)
    {
        lock (Gate)
        {
            if (kept >= upTo) return default;
            return new ValueTask(upTo <= sendingUpTo ? sent.Task : filled.Task);
        }
    }

    /// <summary>Everything that is recorded after this has finished belongs to a snapshot or comes after it.</summary>
    public Task BeginSnapshotAsync() => AskAsync(ref marking);

    /// <summary>The snapshot is complete: what came before it may go.</summary>
    public async Task EndSnapshotAsync()
    {
        await WaitAsync(Appended).ConfigureAwait(false);
        await AskAsync(ref ending).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        closing = true;
        ready.Set();
        stopping.CancelAfter(StopPatience);
        await flushing.ConfigureAwait(false);
        stopping.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task AskAsync(ref TaskCompletionSource? question)
    {
        TaskCompletionSource asked;
        lock (Gate) asked = question ??= NewSource();
        ready.Set();
        return asked.Task;
    }

    private async Task FlushAsync()
    {
        while (true)
        {
            await ready.WaitAsync().ConfigureAwait(false);
            var ends = closing;
            try
            {
                await AnswerAsync(marking, store.BeginSnapshotAsync, () => marking = null).ConfigureAwait(false);
                await KeepAsync().ConfigureAwait(false);
                await AnswerAsync(ending, store.EndSnapshotAsync, () => ending = null).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                log.JournalNotKept(filling.Length + sending.Length);
                return;
            }
            if (ends && filling.Length == 0) return;
        }
    }

    private async Task AnswerAsync(TaskCompletionSource? question, Func<CancellationToken, ValueTask> act, Action clear)
    {
        if (question is null) return;
        await UntilItWorksAsync(() => act(stopping.Token)).ConfigureAwait(false);
        lock (Gate) clear();
        question.SetResult();
    }

    private async Task KeepAsync()
    {
        TaskCompletionSource done;
        lock (Gate)
        {
            if (filling.Length == 0) return;
            (filling, sending) = (sending, filling);
            done = filled;
            sent = done;
            filled = NewSource();
            sendingUpTo = appended;
        }
        for (var rest = sending.WrittenMemory; !rest.IsEmpty;)
        {
            var entry = rest[..EntrySize(rest.Span)];
            await UntilItWorksAsync(() => store.AppendAsync(entry, stopping.Token)).ConfigureAwait(false);
            rest = rest[entry.Length..];
        }
        sending.Clear();
        Volatile.Write(ref kept, sendingUpTo);
        done.SetResult();
    }

    /// <summary>As many whole records as fit into an entry, but at least one.</summary>
    private static int EntrySize(ReadOnlySpan<byte> records)
    {
        if (records.Length <= IMqttJournal.MaxEntryBytes) return records.Length;
        var size = 0;
        while (size < records.Length)
        {
            var next = size + 4 + (int)BinaryPrimitives.ReadUInt32BigEndian(records[size..]);
            if (next > IMqttJournal.MaxEntryBytes && size > 0) break;
            size = next;
        }
        return size;
    }

    /// <summary>A full disk may have room again: until then nothing is acknowledged.</summary>
    private async Task UntilItWorksAsync(Func<ValueTask> act)
    {
        while (true)
        {
            try
            {
                await act().ConfigureAwait(false);
                return;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                log.JournalFails(fault);
                await Task.Delay(RetryAfter, clock.Provider, stopping.Token).ConfigureAwait(false);
            }
        }
    }
}
