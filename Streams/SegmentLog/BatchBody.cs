using System.Buffers.Binary;

namespace Weir.Streams.SegmentLog;

/// <summary>The table and the payloads of a batch, in memory: writes, cuts and reads them.</summary>
internal static class BatchBody
{
    /// <summary>Writes table and payloads of <paramref name="events"/> behind the place of the head.</summary>
    public static void Write(ReadOnlySpan<StreamEvent> events, Span<byte> batch)
    {
        var table = batch[BatchHeader.Size..];
        var payloads = table[(events.Length * BatchHeader.EntrySize)..];
        var end = 0;
        for (var i = 0; i < events.Length; i++)
        {
            ref readonly var e = ref events[i];
            e.Payload.Span.CopyTo(payloads[end..]);
            end += e.Payload.Length;
            BinaryPrimitives.WriteInt32LittleEndian(table, end);
            BinaryPrimitives.WriteInt64LittleEndian(table[4..], e.Timestamp);
            table = table[BatchHeader.EntrySize..];
        }
    }

    /// <summary>Copies a batch without its first events.</summary>
    public static void CopyWithout(int skip, ReadOnlySpan<byte> batch, int count, Span<byte> target)
    {
        var cut = End(batch, skip - 1);
        var left = count - skip;
        for (var i = 0; i < left; i++)
        {
            var entry = target[(BatchHeader.Size + i * BatchHeader.EntrySize)..];
            BinaryPrimitives.WriteInt32LittleEndian(entry, End(batch, skip + i) - cut);
            BinaryPrimitives.WriteInt64LittleEndian(entry[4..], Timestamp(batch, skip + i));
        }
        batch[(BatchHeader.Size + count * BatchHeader.EntrySize + cut)..]
            .CopyTo(target[(BatchHeader.Size + left * BatchHeader.EntrySize)..]);
    }

    /// <summary>Where the payload of an event ends, counted from the first payload; 0 for event -1.</summary>
    public static int End(ReadOnlySpan<byte> batch, int index) =>
        index < 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(batch[(BatchHeader.Size + index * BatchHeader.EntrySize)..]);

    /// <summary>The timestamp of an event.</summary>
    public static long Timestamp(ReadOnlySpan<byte> batch, int index) =>
        BinaryPrimitives.ReadInt64LittleEndian(batch[(BatchHeader.Size + index * BatchHeader.EntrySize + 4)..]);

    /// <summary>The least and the greatest timestamp.</summary>
    public static (long Min, long Max) Timestamps(ReadOnlySpan<byte> batch, int count)
    {
        var (min, max) = (long.MaxValue, long.MinValue);
        for (var i = 0; i < count; i++)
        {
            var timestamp = Timestamp(batch, i);
            min = Math.Min(min, timestamp);
            max = Math.Max(max, timestamp);
        }
        return (min, max);
    }
}
