using System.Buffers;
using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>
/// What one answer of the segment store held, shared by the batches that were made of it. The last to let go gives the
/// memory back; where one never does, the collector takes it.
/// </summary>
internal sealed class SharedEvents(SegmentEvents events)
{
    /// <summary>What Pravega puts before each event, in bytes.</summary>
    public const int EventHeader = 8;

    private int holders = 1;

    public void Hold() => Interlocked.Increment(ref holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref holders) == 0) events.Dispose();
    }
}

/// <summary>The events of one batch, and the answer that their payloads lie in.</summary>
internal sealed class PravegaBatchMemory : IStreamBatchMemory
{
    private readonly SharedEvents shared;
    private StoredEvent[]? events;

    public PravegaBatchMemory(SharedEvents shared, StoredEvent[] events)
    {
        shared.Hold();
        this.shared = shared;
        this.events = events;
    }

    public void Release()
    {
        if (Interlocked.Exchange(ref events, null) is not { } array) return;
        ArrayPool<StoredEvent>.Shared.Return(array, clearArray: true);
        shared.Release();
    }
}
