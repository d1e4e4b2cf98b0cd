using System.Buffers;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// A piece of a segment in memory, shared by the decoder that reads from it and the batches it has given out. The last
/// of them to let go returns it to the pool; where one never does, the collector takes it.
/// </summary>
internal sealed class ReadChunk
{
    // Above it the pool's next size would waste too much, and such batches are rare.
    private const int PooledUpTo = 1 << 20;

    private int holders = 1;

    public ReadChunk(int size) =>
        Bytes = size <= PooledUpTo ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);

    public byte[] Bytes { get; }

    public void Hold() => Interlocked.Increment(ref holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref holders) == 0 && Bytes.Length <= PooledUpTo) ArrayPool<byte>.Shared.Return(Bytes);
    }
}

/// <summary>The events of one read, and the chunk that their payloads lie in.</summary>
internal sealed class BatchMemory : IStreamBatchMemory
{
    private readonly ReadChunk chunk;
    private readonly StoredEvent[] events;
    private readonly int count;
    private bool isReleased;

    /// <summary>Takes the array over, which comes from the pool, and holds the chunk.</summary>
    public BatchMemory(ReadChunk chunk, StoredEvent[] events, int count)
    {
        chunk.Hold();
        (this.chunk, this.events, this.count) = (chunk, events, count);
    }

    public ReadOnlyMemory<StoredEvent> Events => events.AsMemory(0, count);

    public void Release()
    {
        if (Interlocked.Exchange(ref isReleased, true)) return;
        Array.Clear(events, 0, count);
        ArrayPool<StoredEvent>.Shared.Return(events);
        chunk.Release();
    }
}
