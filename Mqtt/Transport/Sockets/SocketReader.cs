using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace Weir.Mqtt;

/// <summary>
/// Reads one socket. What there is lies in one piece, so that packets need not be put together. A connection that waits
/// holds a few bytes of its own; only while there is more than those does it hold a buffer of the pool.
/// </summary>
internal sealed class SocketReader(Socket socket) : PipeReader
{
    /// <summary>Enough for what a client sends now and then; all beyond it is a sign that more will be there.</summary>
    private const int SmallSize = 64;

    private const int LeastLarge = 64 * 1024;

    /// <summary>A packet may need more for itself; the next read does not begin with more.</summary>
    private const int MostAtFirst = 256 * 1024;

    /// <summary>After so many reads that did not have to wait, others have their turn.</summary>
    private const int MostAtOnce = 16;

    private readonly Socket socket = socket;
    private readonly byte[] small = new byte[SmallSize];

    /// <summary>Windows does not tell a read that waits of its socket's shutdown.</summary>
    private readonly CancellationTokenSource? waking = OperatingSystem.IsWindows() ? new CancellationTokenSource() : null;

    private Receiver? receiver;
    private byte[] buffer = [];
    private int start;
    private int end;
    private int examined;
    private int firstLarge = LeastLarge;
    private int readsAtOnce;
    private bool isCompleted;
    private bool isWaiting;
    private volatile bool cancelled;

    public override bool TryRead(out ReadResult result)
    {
        if (!cancelled && !isCompleted && end == examined)
        {
            result = default;
            return false;
        }
        result = Take();
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (TryRead(out var result)) return new ValueTask<ReadResult>(result);
        cancellationToken.ThrowIfCancellationRequested();
        if (IsLarge && readsAtOnce < MostAtOnce)
        {
            MakeRoom();
            if (TryReceive())
            {
                readsAtOnce++;
                return new ValueTask<ReadResult>(Take());
            }
        }
        if (cancellationToken.CanBeCanceled || waking is not null) return WaitAsync(cancellationToken);
        receiver ??= new Receiver(this);
        return receiver.ReceiveAsync();
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        start = consumed.GetInteger();
        this.examined = examined.GetInteger();
        if (start == end) start = end = this.examined = 0;
    }

    /// <summary>Ends the reading: the read that waits, or the next, comes back cancelled, and no more is received.</summary>
    public override void CancelPendingRead()
    {
        cancelled = true;
        try
        {
            socket.Shutdown(SocketShutdown.Receive);
            waking?.Cancel();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Then it does not wait either.
        }
    }

    public override void Complete(Exception? exception = null) => isCompleted = true;

    /// <summary>Gives the buffer back; nobody reads any more.</summary>
    public void Free()
    {
        // One that the system may still write to is left to the collector.
        if (!isWaiting && IsLarge) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        start = end = examined = 0;
        waking?.Dispose();
        if (!isWaiting) receiver?.Dispose();
    }

    private bool IsLarge => buffer.Length > SmallSize;

    private ReadResult Take() => new(new ReadOnlySequence<byte>(buffer, start, end - start), cancelled, isCompleted);

    /// <summary>As <see cref="Receiver"/>, but so that it can be cancelled.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        if (readsAtOnce >= MostAtOnce) await Task.Yield();
        readsAtOnce = 0;
        Shrink();
        isWaiting = true;
        try
        {
            var size = await socket.ReceiveAsync(buffer.AsMemory(end), SocketFlags.None, waking?.Token ?? cancellationToken).ConfigureAwait(false);
            Received(size);
        }
        catch (SocketException fault)
        {
            throw Lost(fault.SocketErrorCode);
        }
        catch (ObjectDisposedException fault)
        {
            throw new ConnectionAbortedException("The connection was ended.", fault);
        }
        catch (OperationCanceledException) when (cancelled)
        {
            // That is what the result says.
        }
        finally
        {
            isWaiting = false;
        }
        return Take();
    }

    /// <summary>So much has come; where it is all that there was room for, there may be more.</summary>
    private void Received(int size)
    {
        isCompleted = size == 0;
        end += size;
        if (end < buffer.Length) return;
        MakeRoom();
        TryReceive();
    }

    /// <summary>Receives what is there already; false where that is nothing.</summary>
    private bool TryReceive()
    {
        SocketError error;
        try
        {
            var size = socket.Receive(buffer.AsSpan(end), SocketFlags.None, out error);
            if (error == SocketError.Success)
            {
                isCompleted = size == 0;
                end += size;
                return true;
            }
        }
        catch (ObjectDisposedException fault)
        {
            throw new ConnectionAbortedException("The connection was ended.", fault);
        }
        if (error is SocketError.WouldBlock or SocketError.Interrupted) return false;
        throw Lost(error);
    }

    private static Exception Lost(SocketError error)
    {
        var fault = new SocketException((int)error);
        return error == SocketError.OperationAborted ? new ConnectionAbortedException("The connection was ended.", fault)
            : new ConnectionResetException(fault.Message, fault);
    }

    /// <summary>Room behind what has not been consumed, which moves to the front; more room where it fills most of the buffer.</summary>
    private void MakeRoom()
    {
        var rest = end - start;
        if (rest > buffer.Length / 2 || !IsLarge)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(firstLarge, rest * 2));
            buffer.AsSpan(start, rest).CopyTo(larger);
            firstLarge = Math.Min(larger.Length, MostAtFirst);
            if (IsLarge) ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        else if (start > 0)
        {
            buffer.AsSpan(start, rest).CopyTo(buffer);
        }
        (start, end, examined) = (0, rest, examined - start);
    }

    /// <summary>
    /// There is nothing more for now. Who waits holds room for what it has of a packet and as much again, whatever the
    /// packet is said to become.
    /// </summary>
    private void Shrink()
    {
        var rest = end - start;
        if (IsLarge && rest < buffer.Length / 8)
        {
            var smaller = rest <= SmallSize / 2 ? small : ArrayPool<byte>.Shared.Rent(rest * 2);
            buffer.AsSpan(start, rest).CopyTo(smaller);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = smaller;
            (start, end, examined) = (0, rest, examined - start);
        }
        else if (buffer.Length == 0)
        {
            buffer = small;
        }
        else if (end == buffer.Length)
        {
            MakeRoom();
        }
    }

    /// <summary>The read that waits: one object for all of a connection's, without a task.</summary>
    private sealed class Receiver(SocketReader reader) : SocketAsyncEventArgs(true), IValueTaskSource<ReadResult>
    {
        private ManualResetValueTaskSourceCore<bool> waiting;

        public ValueTask<ReadResult> ReceiveAsync()
        {
            var yields = reader.readsAtOnce >= MostAtOnce;
            reader.readsAtOnce = 0;
            reader.Shrink();
            reader.isWaiting = true;
            waiting.Reset();
            try
            {
                SetBuffer(reader.buffer.AsMemory(reader.end));
                if (!reader.socket.ReceiveAsync(this))
                {
                    if (!yields) return new ValueTask<ReadResult>(Result());
                    waiting.RunContinuationsAsynchronously = true;
                    waiting.SetResult(true);
                    waiting.RunContinuationsAsynchronously = false;
                }
            }
            catch (ObjectDisposedException fault)
            {
                reader.isWaiting = false;
                throw new ConnectionAbortedException("The connection was ended.", fault);
            }
            return new ValueTask<ReadResult>(this, waiting.Version);
        }

        public ReadResult GetResult(short token)
        {
            waiting.GetResult(token);
            return Result();
        }

        public ValueTaskSourceStatus GetStatus(short token) => waiting.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            waiting.OnCompleted(continuation, state, token, flags);

        protected override void OnCompleted(SocketAsyncEventArgs e) => waiting.SetResult(true);

        private ReadResult Result()
        {
            reader.isWaiting = false;
            if (SocketError != SocketError.Success) throw Lost(SocketError);
            reader.Received(BytesTransferred);
            return reader.Take();
        }
    }
}
