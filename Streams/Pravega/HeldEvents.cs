using System.Buffers;
using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>Makes a store's event of one in a segment.</summary>
internal interface IEventDecoder
{
    /// <summary>False for an event that is not the reader's.</summary>
    bool TryDecode(in ReadEvent written, out StoredEvent stored);
}

/// <summary>Events that were taken, with the memory that they lie in.</summary>
internal readonly record struct TakenEvents(ReadOnlyMemory<StoredEvent> Events, IStreamBatchMemory Memory);

/// <summary>What one answer of the segment store held, taken off in parts as large as a read may be. For one caller at a time.</summary>
internal sealed class HeldEvents
{
    private const int FirstRoom = 256;

    private SharedEvents? shared;
    private SegmentEvents.Enumerator events;
    private bool hasAhead;

    /// <summary>Whether all of it has been taken.</summary>
    public bool IsEmpty => !hasAhead;

    /// <summary>The offset of the next event; after the last, where to read on.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Holds an answer instead of the one before.</summary>
    public void Hold(SegmentEvents came)
    {
        LetGo();
        (shared, events, NextOffset) = (new SharedEvents(came), came.GetEnumerator(), came.Offset);
        MoveNext(came.NextOffset);
        if (!hasAhead) LetGo();
    }

    /// <summary>
    /// Takes the next events that are the reader's, of those that lie before an offset; null where there is none. Others are
    /// passed over.
    /// </summary>
    public TakenEvents? Take<TDecoder>(int maxEvents, int maxBytes, long before, TDecoder decoder) where TDecoder : IEventDecoder
    {
        if (shared is null) return null;
        var holder = shared;
        StoredEvent[]? array = null;
        var (count, bytes) = (0, 0L);
        while (hasAhead && NextOffset < before)
        {
            if (decoder.TryDecode(events.Current, out var stored))
            {
                if (count == maxEvents || (count > 0 && bytes + stored.Payload.Length > maxBytes)) break;
                array ??= ArrayPool<StoredEvent>.Shared.Rent(Math.Min(maxEvents, FirstRoom));
                if (count == array.Length) array = Grown(array);
                array[count++] = stored;
                bytes += stored.Payload.Length;
            }
            MoveNext(events.Current.Offset + SharedEvents.EventHeader + events.Current.Payload.Length);
        }
        var taken = array is null ? (TakenEvents?)null : new TakenEvents(array.AsMemory(0, count), new PravegaBatchMemory(holder, array));
        if (!hasAhead) LetGo();
        return taken;
    }

    /// <summary>Gives up what is left.</summary>
    public void LetGo()
    {
        shared?.Release();
        (shared, events, hasAhead) = (null, default, false);
    }

    private void MoveNext(long endOfLast)
    {
        hasAhead = events.MoveNext();
        NextOffset = hasAhead ? events.Current.Offset : endOfLast;
    }

    private static StoredEvent[] Grown(StoredEvent[] array)
    {
        var larger = ArrayPool<StoredEvent>.Shared.Rent(array.Length * 2);
        array.CopyTo(larger, 0);
        ArrayPool<StoredEvent>.Shared.Return(array, clearArray: true);
        return larger;
    }
}
