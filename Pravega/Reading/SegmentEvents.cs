using System.Buffers;
using System.Buffers.Binary;

namespace Weir.Pravega;

/// <summary>An event as it lies in a segment.</summary>
/// <param name="Offset">The offset of its first byte, in bytes from the segment's beginning.</param>
/// <param name="Payload">Its bytes; valid until the <see cref="SegmentEvents"/> that it came with is disposed.</param>
public readonly record struct ReadEvent(long Offset, ReadOnlyMemory<byte> Payload);

/// <summary>
/// Events that one read of a segment gave, in order. Dispose it when its payloads are used no more: its memory is lent from
/// a pool. Who keeps payloads does not dispose it.
/// </summary>
public sealed class SegmentEvents : IDisposable
{
    private const int Header = 8;

    private byte[]? pooled;
    private readonly ReadOnlyMemory<byte> data;

    internal SegmentEvents(StreamSegment segment, long offset, byte[]? pooled, ReadOnlyMemory<byte> data, bool isEnd)
    {
        (Segment, Offset, IsEndOfSegment) = (segment, offset, isEnd);
        (this.pooled, this.data) = (pooled, data);
    }

    /// <summary>The segment they lie in.</summary>
    public StreamSegment Segment { get; }

    /// <summary>The offset of the first event.</summary>
    public long Offset { get; }

    /// <summary>The offset after the last event: where to read on.</summary>
    public long NextOffset => Offset + data.Length;

    /// <summary>Bytes of the events, with their headers.</summary>
    public int Bytes => data.Length;

    /// <summary>Whether the segment is sealed and these are its last events, if there are any.</summary>
    public bool IsEndOfSegment { get; }

    /// <summary>Goes through the events.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref pooled, null) is { } array) ArrayPool<byte>.Shared.Return(array);
    }

    /// <summary>Goes through the events of one read.</summary>
    public struct Enumerator
    {
        private readonly ReadOnlyMemory<byte> data;
        private readonly long offset;
        private int next;

        internal Enumerator(SegmentEvents events) => (data, offset, next) = (events.data, events.Offset, 0);

        /// <summary>The event.</summary>
        public ReadEvent Current { get; private set; }

        /// <summary>Goes to the next event, if there is one.</summary>
        public bool MoveNext()
        {
            if (next >= data.Length) return false;
            var length = BinaryPrimitives.ReadInt32BigEndian(data.Span[(next + 4)..]);
            Current = new ReadEvent(offset + next, data.Slice(next + Header, length));
            next += Header + length;
            return true;
        }
    }
}
