using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>
/// Takes messages in: encodes them, gives them keys and appends them to the stream. Where there is no room they wait
/// or are refused, as the options say; whoever comes after them waits behind them.
/// </summary>
internal sealed class ExchangeIntake(
    IStreamWriter writer, MessageKeySource keys, ExchangeBacklog backlog, GapRecorder gaps, Archiver archiver, ExchangeOptions options,
    TimeProvider time, StreamPosition tail)
{
    // Guards the keys and the order of appends: a batch is stamped and handed to the writer in one step, and the
    // writer keeps the order of the calls. So key order is stream order.
    private readonly Lock order = new();
    private readonly Lock positionGate = new();
    private readonly ConcurrentBag<MessageBlockBuilder> builders = [];
    private readonly RateMeter accepted = new(time);
    private volatile ExchangeOptions options = options;
    // The last in the queue of those that wait for room; null where nobody does.
    private Task? queue;
    private StreamPosition acceptedTo = tail;
    private long refused;
    private long lastMessage;

    /// <summary>Everything before this is accepted.</summary>
    public StreamPosition AcceptedTo
    {
        get { lock (positionGate) return acceptedTo; }
    }

    public long Accepted => accepted.Total;

    public long Refused => Volatile.Read(ref refused);

    public double MessagesPerSecond => accepted.PerSecond;

    /// <summary>The key time of the newest message since the start, in microseconds; 0 before the first.</summary>
    public long LastMessage => Volatile.Read(ref lastMessage);

    public void Apply(ExchangeOptions newOptions)
    {
        options = newOptions;
        backlog.Apply(newOptions);
    }

    /// <summary>Takes messages in; ends when the stream has them.</summary>
    public ValueTask<KeyRange> AcceptAsync(ReadOnlySpan<InboundMessage> messages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!builders.TryTake(out var builder)) builder = new MessageBlockBuilder();
        try
        {
            builder.Encode(messages, MessageKeySource.Now(time));
        }
        catch
        {
            Return(builder);
            throw;
        }

        Appending? appending;
        Task? before = null;
        var mine = default(TaskCompletionSource);
        lock (order)
        {
            appending = queue is null ? TryAppend(builder) : null;
            if (appending is null)
            {
                if (options.Ring.WhenFull == FullOperation.Reject)
                    return ValueTask.FromException<KeyRange>(Reject(builder, "its ring is full"));
                before = queue;
                mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                queue = mine.Task;
            }
        }
        return appending is { } begun ? FinishAsync(builder, begun) : WaitAndAppendAsync(builder, before, mine!, cancellationToken);
    }

    // Waits for those before, then for room. The order of keys is that of the calls.
    private async ValueTask<KeyRange> WaitAndAppendAsync(
        MessageBlockBuilder builder, Task? before, TaskCompletionSource mine, CancellationToken cancellationToken)
    {
        Appending appending;
        var began = time.GetTimestamp();
        try
        {
            while (true)
            {
                var changed = backlog.Changed;
                if (before is null or { IsCompleted: true })
                {
                    lock (order)
                    {
                        if (TryAppend(builder) is { } begun)
                        {
                            appending = begun;
                            break;
                        }
                    }
                }
                if (WhyToRefuse(time.GetElapsedTime(began)) is { } why)
                {
                    lock (order) throw Reject(builder, why);
                }
                await WaitAsync(before is { IsCompleted: false } ? Task.WhenAny(before, changed) : changed, began, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Return(builder);
            throw;
        }
        finally
        {
            Leave(before, mine);
        }
        return await FinishAsync(builder, appending);
    }

    private async Task WaitAsync(Task change, long began, CancellationToken cancellationToken)
    {
        if (options.Ring.WhenFull != FullOperation.Block)
        {
            await change.WaitAsync(cancellationToken);
            return;
        }
        var left = options.Ring.BlockDeadline - time.GetElapsedTime(began);
        try
        {
            await change.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Whether that is the deadline is looked at where it is decided.
        }
    }

    private string? WhyToRefuse(TimeSpan waited)
    {
        var ring = options.Ring;
        if (ring.WhenFull == FullOperation.Reject) return "its ring is full";
        if (ring.WhenFull == FullOperation.Block && waited >= ring.BlockDeadline) return $"its ring was full for {ring.BlockDeadline}";
        return archiver.Error is { } error && !backlog.HasRoom
            ? $"three quarters of its stream's budget wait for files, and files cannot be written: {error}"
            : null;
    }

    // Who gives up before its turn leaves its place to those behind only when those before have had theirs.
    private void Leave(Task? before, TaskCompletionSource mine)
    {
        if (before is null or { IsCompleted: true }) Pass(mine);
        else before.ContinueWith(_ => Pass(mine), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Pass(TaskCompletionSource mine)
    {
        lock (order)
        {
            if (queue == mine.Task) queue = null;
        }
        mine.SetResult();
    }

    // Keys are given to what is refused, too, so that a gap can say when and how much it was. Under the order's lock.
    private ExchangeFullException Reject(MessageBlockBuilder builder, string why)
    {
        var messages = builder.Messages;
        var first = new MessageKey(Math.Max(keys.Last.TimestampMicros, MessageKeySource.Now(time)), keys.Last.Sequence + 1);
        keys.Stamp(first.TimestampMicros, 0, messages);
        Return(builder);
        Interlocked.Add(ref refused, messages);
        var sentence = $"The exchange '{options.Name}' takes no messages: {why}.";
        gaps.Note(first, keys.Last, messages, MessageGapCause.Rejected, sentence);
        return new ExchangeFullException(sentence);
    }

    /// <summary>Begins to append if there is room. Under <see cref="order"/>.</summary>
    private Appending? TryAppend(MessageBlockBuilder builder)
    {
        if (!backlog.TryAdd(builder.Messages, builder.Bytes))
        {
            archiver.MakeRoom();
            return null;
        }
        var (range, batch) = builder.Stamp(keys);
        try
        {
            return new Appending(range, writer.AppendAsync(batch, CancellationToken.None));
        }
        catch (Exception error)
        {
            return new Appending(range, ValueTask.FromException<StreamRange>(error));
        }
    }

    // An append that has begun is not cancelled: its keys are given, and the stream may have it already.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<KeyRange> FinishAsync(MessageBlockBuilder builder, Appending appending)
    {
        int bytes = builder.Bytes, messages = builder.Messages;
        try
        {
            Kept((await appending.Append).Next, appending.Keys, messages);
            return appending.Keys;
        }
        catch (Exception error)
        {
            backlog.Remove(messages, bytes);
            Interlocked.Add(ref refused, messages);
            gaps.Record(appending.Keys.First, appending.Keys.Last, messages, MessageGapCause.Refused, error.Message);
            throw;
        }
        finally
        {
            Return(builder);
        }
    }

    private void Kept(StreamPosition next, KeyRange range, int messages)
    {
        lock (positionGate)
        {
            if (next > acceptedTo) acceptedTo = next;
            lastMessage = Math.Max(lastMessage, range.Last.TimestampMicros);
        }
        accepted.Count(messages);
    }

    private void Return(MessageBlockBuilder builder)
    {
        builder.Clear();
        builders.Add(builder);
    }

    /// <summary>An append that is under way.</summary>
    private readonly record struct Appending(KeyRange Keys, ValueTask<StreamRange> Append);
}
