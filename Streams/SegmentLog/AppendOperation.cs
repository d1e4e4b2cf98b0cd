using System.Buffers;
using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// One append on its way: an encoded batch in a pooled buffer, and what its caller awaits. Pooled itself; it goes
/// back when both the caller and the appender have let go of it.
/// </summary>
internal sealed class AppendOperation : IValueTaskSource<StreamRange>
{
    private const int Queued = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private static readonly Action<object?, CancellationToken> CancelCallback =
        static (operation, token) => ((AppendOperation)operation!).Cancel(token);

    private readonly AppendOperationPool pool;
    private ManualResetValueTaskSourceCore<StreamRange> core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration registration;
    private byte[] buffer = [];
    private long? firstEventNumber;
    private int length;
    private uint bodyCrc;
    private (long Min, long Max) timestamps;
    private int state;
    private int holders;

    public AppendOperation(AppendOperationPool pool) => this.pool = pool;

    /// <summary>The next in the appender's queue.</summary>
    public AppendOperation? Next { get; set; }

    public WriterState Writer { get; private set; } = null!;

    /// <summary>Events that are left to store; 0 where all of them were repeats.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the batch, head included.</summary>
    public int Length => length;

    /// <summary>The head, once <see cref="TryNumber"/> and <see cref="Place"/> have said all of it.</summary>
    public BatchHeader Header { get; private set; }

    /// <summary>The batch as it goes to the segment.</summary>
    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <summary>What the caller awaits.</summary>
    public ValueTask<StreamRange> Task => new(this, core.Version);

    /// <summary>Copies a batch. The bytes that do not depend on its place in the stream are made here, by the caller.</summary>
    public void Begin(WriterState writer, in EventBatch batch, int batchLength, CancellationToken cancellationToken)
    {
        var events = batch.Events.Span;
        Writer = writer;
        Count = events.Length;
        length = batchLength;
        firstEventNumber = batch.FirstEventNumber;
        buffer = ArrayPool<byte>.Shared.Rent(batchLength);
        BatchBody.Write(events, buffer.AsSpan(0, batchLength));
        Header = default;
        Next = null;
        holders = 2;
        Volatile.Write(ref state, Queued);
        Measure();
        if (cancellationToken.CanBeCanceled) registration = cancellationToken.UnsafeRegister(CancelCallback, this);
    }

    /// <summary>The appender takes it on; false where the caller has cancelled it.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Queued) == Queued;

    /// <summary>
    /// Gives the events the writer's numbers and leaves out those that are stored already. False where an earlier batch
    /// of numbered events failed while this one was on its way: storing it would turn the repeat of the earlier one
    /// into a loss.
    /// </summary>
    public bool TryNumber()
    {
        var first = firstEventNumber ?? Writer.Pending + 1;
        if (firstEventNumber is not null && Writer.MissingFrom is { } missing)
        {
            if (first > missing) return false;
            Writer.MissingFrom = null;
        }
        var skip = (int)Math.Clamp(Writer.Pending - first + 1, 0, Count);
        if (skip == Count)
        {
            Count = 0;
            return true;
        }
        if (skip > 0) LeaveOut(skip);
        Header = new BatchHeader(
            length, 0, Count, bodyCrc, timestamps.Min, timestamps.Max, Writer.Id, first + skip);
        Writer.Pending = first + skip + Count - 1;
        return true;
    }

    /// <summary>Its numbers were not stored after all.</summary>
    public void Undo()
    {
        Writer.Pending = Writer.Last;
        if (firstEventNumber is { } first) Writer.MissingFrom = Math.Min(first, Writer.MissingFrom ?? long.MaxValue);
    }

    /// <summary>Gives the batch its place in the stream.</summary>
    public void Place(long offset)
    {
        Header = Header with { FirstOffset = offset };
        Header.Write(buffer);
    }

    public void Succeed(StreamRange range)
    {
        registration.Dispose();
        core.SetResult(range);
        Release();
    }

    public void Fail(Exception exception)
    {
        registration.Dispose();
        core.SetException(exception);
        Release();
    }

    /// <summary>One of the two holders lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref holders) > 0) return;
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        registration = default;
        Writer = null!;
        core.Reset();
        pool.Return(this);
    }

    StreamRange IValueTaskSource<StreamRange>.GetResult(short token)
    {
        try
        {
            return core.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<StreamRange>.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource<StreamRange>.OnCompleted(
        Action<object?> continuation, object? continuationState, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, continuationState, token, flags);

    private void Measure()
    {
        var batch = buffer.AsSpan(0, length);
        bodyCrc = Crc32C.Compute(batch[BatchHeader.Size..]);
        timestamps = BatchBody.Timestamps(batch, Count);
    }

    private void LeaveOut(int skip)
    {
        var left = Count - skip;
        var payloads = BatchBody.End(buffer, Count - 1) - BatchBody.End(buffer, skip - 1);
        var newLength = (int)BatchHeader.LengthOf(left, payloads);
        var rest = ArrayPool<byte>.Shared.Rent(newLength);
        BatchBody.CopyWithout(skip, buffer.AsSpan(0, length), Count, rest);
        ArrayPool<byte>.Shared.Return(buffer);
        (buffer, length, Count) = (rest, newLength, left);
        Measure();
    }

    // Only an append that the appender has not taken on can be cancelled: it is then certain that it is not stored.
    private void Cancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref state, Cancelled, Queued) == Queued)
            core.SetException(new OperationCanceledException(token));
    }
}

/// <summary>Append operations that wait to be used again.</summary>
internal sealed class AppendOperationPool
{
    private const int Capacity = 4096;

    private readonly ConcurrentQueue<AppendOperation> idle = new();
    private int count;

    public AppendOperation Rent()
    {
        if (!idle.TryDequeue(out var operation)) return new AppendOperation(this);
        Interlocked.Decrement(ref count);
        return operation;
    }

    public void Return(AppendOperation operation)
    {
        if (Interlocked.Increment(ref count) <= Capacity) idle.Enqueue(operation);
        else Interlocked.Decrement(ref count);
    }
}
