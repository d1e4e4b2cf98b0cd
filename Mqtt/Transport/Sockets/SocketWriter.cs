using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Weir.Mqtt;

/// <summary>
/// Writes one socket, in the thread that flushes for as long as the system takes it. Memory is held from the first byte
/// until it is sent. Large payloads are sent from where they lie (<see cref="Share"/>).
/// </summary>
internal sealed class SocketWriter(Socket socket) : PipeWriter
{
    private const int LeastBlock = 1024;
    private const int NextBlock = 16 * 1024;

    private byte[]? block;
    private int from;
    private int filled;
    private List<ArraySegment<byte>>? parts;
    private List<byte[]>? fullBlocks;
    private bool isSending;
    private bool hasEnded;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return block.AsMemory(filled);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return block.AsSpan(filled);
    }

    public override void Advance(int bytes) => filled += bytes;

    /// <summary>
    /// Sends bytes from where they lie, behind what has been written so far. They must stay what they are until the
    /// collector takes them: the writer does not say when it is done with them. A few hundred at most between two flushes.
    /// </summary>
    public void Share(ArraySegment<byte> bytes)
    {
        Seal();
        (parts ??= []).Add(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (hasEnded) return new ValueTask<FlushResult>(new FlushResult(false, true));
        try
        {
            if (parts is { Count: > 0 }) Seal();
            return Send() ? new ValueTask<FlushResult>(Done()) : SendRestAsync(cancellationToken);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            return new ValueTask<FlushResult>(Ended());
        }
    }

    /// <summary>A flush ends with its socket only.</summary>
    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null) => hasEnded = true;

    /// <summary>Gives the memory back; nobody writes any more.</summary>
    public void Free()
    {
        hasEnded = true;
        // What the system may still be reading is left to the collector.
        if (!isSending) Release();
    }

    private void Reserve(int sizeHint)
    {
        var size = Math.Max(sizeHint, 1);
        if (block is not null)
        {
            if (block.Length - filled >= size) return;
            Seal();
            (fullBlocks ??= []).Add(block);
            size = Math.Max(size, NextBlock);
        }
        block = ArrayPool<byte>.Shared.Rent(Math.Max(size, LeastBlock));
        from = filled = 0;
    }

    /// <summary>What has been written becomes a part that is to be sent.</summary>
    private void Seal()
    {
        if (filled == from) return;
        (parts ??= []).Add(new ArraySegment<byte>(block!, from, filled - from));
        from = filled;
    }

    /// <summary>Sends what the system takes at once; true where that is all.</summary>
    private bool Send()
    {
        if (parts is { Count: > 0 })
        {
            for (var size = 1; parts.Count > 0; Sent(size))
            {
                size = socket.Send(parts, SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock) return false;
                if (error != SocketError.Success) throw new SocketException((int)error);
            }
            return true;
        }
        while (from < filled)
        {
            var size = socket.Send(block.AsSpan(from, filled - from), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return false;
            if (error != SocketError.Success) throw new SocketException((int)error);
            from += size;
        }
        return true;
    }

    /// <summary>Takes what was sent off the front of the parts.</summary>
    private void Sent(int bytes)
    {
        var whole = 0;
        while (whole < parts!.Count && bytes >= parts[whole].Count) bytes -= parts[whole++].Count;
        parts.RemoveRange(0, whole);
        if (bytes > 0) parts[0] = parts[0][bytes..];
    }

    /// <summary>The system's buffer is full: the rest goes when there is room.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> SendRestAsync(CancellationToken cancellationToken)
    {
        isSending = true;
        try
        {
            do
            {
                var first = parts is { Count: > 0 } ? parts[0] : new ArraySegment<byte>(block!, from, filled - from);
                var size = await socket.SendAsync(first.AsMemory(), SocketFlags.None, cancellationToken).ConfigureAwait(false);
                if (parts is { Count: > 0 }) Sent(size);
                else from += size;
            }
            while (!Send());
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            isSending = false;
            return Ended();
        }
        isSending = false;
        return Done();
    }

    private FlushResult Done()
    {
        Release();
        return new FlushResult(false, false);
    }

    private FlushResult Ended()
    {
        hasEnded = true;
        Release();
        return new FlushResult(false, true);
    }

    private void Release()
    {
        parts?.Clear();
        if (fullBlocks is not null)
        {
            foreach (var full in fullBlocks) ArrayPool<byte>.Shared.Return(full);
            fullBlocks.Clear();
        }
        if (block is not null) ArrayPool<byte>.Shared.Return(block);
        block = null;
        from = filled = 0;
    }
}
