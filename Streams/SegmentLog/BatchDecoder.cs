using System.Buffers;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// Takes events out of a segment for one reader. It reads a chunk of whole batches into memory, which the events then
/// share; what a small read leaves of the chunk serves the next reads.
/// </summary>
internal sealed class BatchDecoder
{
    private const int MinChunkBytes = 64 << 10;
    private const int MaxChunkBytes = 1 << 20;

    private ISegmentMedium? medium;
    private long position;
    private ReadChunk? chunk;
    private long chunkAt;
    private int chunkLength;
    private long checkedTo;
    private StoredEvent[] events = [];
    private int count;
    private long bytes;

    private enum Look
    {
        Sound,
        NeedsMore,
        BadBody,
        BadHead,
    }

    /// <summary>Goes to the place of an offset.</summary>
    public void Enter(Segment segment, ISegmentMedium opened, long offset)
    {
        Leave();
        medium = opened;
        position = segment.Seek(offset);
    }

    public void Leave()
    {
        medium = null;
        Forget();
    }

    /// <summary>Reads on at an offset, which lies within the segment.</summary>
    /// <param name="segment">The segment entered.</param>
    /// <param name="offset">The first event wanted.</param>
    /// <param name="maxEvents">Most events.</param>
    /// <param name="maxBytes">Most payload bytes, but always one event.</param>
    /// <param name="goesOnAt">Where nothing was given: the next offset that may be readable; up to there all is lost.</param>
    public BatchMemory? Read(Segment segment, long offset, int maxEvents, int maxBytes, out long goesOnAt)
    {
        // First the offset, then the length: what lies between them has been published completely.
        var segmentEnd = segment.NextOffset;
        var limit = segment.Length;
        (count, bytes, goesOnAt) = (0, 0, offset);

        while (count < maxEvents && offset < segmentEnd)
        {
            var look = Peek(limit, offset, out var header, out var need);
            if (look == Look.Sound && header.FirstOffset <= offset)
            {
                if (!Take(header, ref offset, maxEvents, maxBytes)) break;
                continue;
            }
            if (count > 0) break;
            if (look == Look.NeedsMore && TryLoad(need, maxBytes, limit)) continue;
            goesOnAt = look switch
            {
                Look.Sound => header.FirstOffset,
                Look.BadBody => SkipTo(header),
                _ => SkipBadHead(segment, offset, limit, segmentEnd),
            };
            if (goesOnAt > offset) break;
        }

        if (count == 0) return null;
        var result = new BatchMemory(chunk!, events, count);
        events = [];
        if (position >= chunkAt + chunkLength) Forget();
        return result;
    }

    private Look Peek(long limit, long offset, out BatchHeader header, out int need)
    {
        header = default;
        need = BatchHeader.Size;
        if (position + need > limit) return Look.BadHead;
        var known = Known();
        if (known.Length < need) return Look.NeedsMore;
        if (!BatchHeader.TryRead(known, out header) || position + header.Length > limit) return Look.BadHead;
        if (header.NextOffset <= offset) return Look.Sound;
        need = header.Length;
        if (known.Length < need) return Look.NeedsMore;
        if (position < checkedTo) return Look.Sound;
        if (Crc32C.Compute(known[BatchHeader.Size..need]) != header.BodyCrc) return Look.BadBody;
        checkedTo = position + need;
        return Look.Sound;
    }

    // Takes what is wanted of a batch; false when the read is full.
    private bool Take(in BatchHeader header, ref long offset, int maxEvents, int maxBytes)
    {
        var at = (int)(position - chunkAt);
        var bytesOfChunk = chunk!.Bytes;
        var batch = bytesOfChunk.AsSpan(at);
        for (var i = (int)Math.Min(offset - header.FirstOffset, header.Count); i < header.Count; i++)
        {
            var start = BatchBody.End(batch, i - 1);
            var length = BatchBody.End(batch, i) - start;
            if (count == maxEvents || (count > 0 && bytes + length > maxBytes)) return false;
            if (count == events.Length) Grow(Math.Min(maxEvents, header.Count));
            events[count++] = new StoredEvent(
                StreamLog.At(offset), BatchBody.Timestamp(batch, i), bytesOfChunk.AsMemory(at + header.PayloadsAt + start, length));
            bytes += length;
            offset++;
        }
        position += header.Length;
        return true;
    }

    private long SkipTo(in BatchHeader bad)
    {
        position += bad.Length;
        return bad.NextOffset;
    }

    private long SkipBadHead(Segment segment, long offset, long limit, long segmentEnd)
    {
        using var walker = new BatchWalker(medium!, position, limit);
        if (walker.TryFind(position + 1, segment.Base, out var found))
        {
            position = walker.Position;
            return Math.Max(offset, found.FirstOffset);
        }
        position = limit;
        return segmentEnd;
    }

    private ReadOnlySpan<byte> Known() =>
        position >= chunkAt && position < chunkAt + chunkLength
            ? chunk!.Bytes.AsSpan((int)(position - chunkAt), (int)(chunkAt + chunkLength - position))
            : [];

    private bool TryLoad(int need, int maxBytes, long limit)
    {
        var size = (int)Math.Min(limit - position, Math.Max(need, Math.Clamp(maxBytes, MinChunkBytes, MaxChunkBytes)));
        // Nothing is in it before all of it is: a read that fails must not leave bytes of another place.
        Forget();
        (chunk, chunkAt, checkedTo) = (new ReadChunk(size), position, position);
        chunkLength = medium!.Read(chunk.Bytes.AsSpan(0, size), position);
        return chunkLength >= need;
    }

    private void Grow(int expected)
    {
        var larger = ArrayPool<StoredEvent>.Shared.Rent(Math.Max(Math.Max(16, expected), events.Length * 2));
        events.AsSpan(0, count).CopyTo(larger);
        if (events.Length > 0) ArrayPool<StoredEvent>.Shared.Return(events, clearArray: true);
        events = larger;
    }

    private void Forget()
    {
        chunk?.Release();
        (chunk, chunkAt, chunkLength, checkedTo) = (null, 0, 0, 0);
    }
}
