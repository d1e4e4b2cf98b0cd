using System.Buffers;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// Finds the first event at or after a time: the segment by its greatest timestamp, the place to look from by the sparse
/// index, the batch by its head, the event by the batch's table.
/// </summary>
internal static class TimeSearch
{
    /// <summary>Its offset; the tail where there is none. What cannot be read is passed over.</summary>
    public static long Find(SegmentSet segments, long timestamp)
    {
        var tail = segments.Tail;
        foreach (var segment in segments.All)
        {
            if (segment.MaxTimestamp < timestamp) continue;
            try
            {
                if (FindIn(segment, timestamp) is { } offset) return offset;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Let go of a moment ago, or not to be opened: a reader that comes here is told of it as a gap.
            }
        }
        return tail;
    }

    private static long? FindIn(Segment segment, long timestamp)
    {
        var medium = segment.Pin();
        try
        {
            using var walker = new BatchWalker(medium, segment.SeekTime(timestamp), segment.Length);
            while (true)
            {
                var at = walker.Position;
                if (walker.TryNext(checkBody: false, out var batch))
                {
                    if (batch.MaxTimestamp < timestamp) continue;
                    if (FindIn(medium, batch, at, timestamp) is { } offset) return offset;
                }
                else if (!walker.TryFind(at + 1, segment.Base, out _))
                {
                    return null;
                }
            }
        }
        finally
        {
            segment.Unpin();
        }
    }

    // Null where the batch is corrupt, since its head says that there is such an event.
    private static long? FindIn(ISegmentMedium medium, in BatchHeader header, long at, long timestamp)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(header.Length);
        try
        {
            var batch = bytes.AsSpan(0, header.Length);
            if (medium.Read(batch, at) < header.Length || Crc32C.Compute(batch[BatchHeader.Size..]) != header.BodyCrc) return null;
            for (var i = 0; i < header.Count; i++)
            {
                if (BatchBody.Timestamp(batch, i) >= timestamp) return header.FirstOffset + i;
            }
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
