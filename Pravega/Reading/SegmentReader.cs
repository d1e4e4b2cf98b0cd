using System.Buffers;
using System.Buffers.Binary;
using Weir.Pravega.Connections;
using Weir.Pravega.Reading;
using Weir.Pravega.Wire;
using Weir.Pravega.Writing;

namespace Weir.Pravega;

/// <summary>
/// Reads the events of one segment in order, reading ahead. At the tail the segment store holds the question until there is
/// something: no polling. For one caller at a time.
/// </summary>
public sealed class SegmentReader : IAsyncDisposable
{
    private const int MostEventBytes = WireCodec.MaxFrameSize;

    private readonly SegmentSource source;
    private readonly CancellationTokenSource stop = new();
    private Task<SegmentRead>? reading;
    private ArraySegment<byte> rest = ArraySegment<byte>.Empty;
    private long readTo;

    internal SegmentReader(SegmentServices services, StreamSegment segment, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        source = new SegmentSource(services, segment);
        Segment = segment;
        readTo = Offset = offset;
    }

    /// <summary>The segment it reads.</summary>
    public StreamSegment Segment { get; }

    /// <summary>The offset of the next event.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether an answer is at hand, so that <see cref="ReadAsync"/> likely ends at once.</summary>
    public bool IsReady => reading is { IsCompleted: true };

    /// <summary>Reads on: one event at least, or the end of a sealed segment. Waits at the tail of an open one.</summary>
    /// <exception cref="PravegaTruncatedException">What comes next has been truncated away; <see cref="MoveTo"/> goes on where it says.</exception>
    /// <exception cref="PravegaCorruptException">There is no event at this offset.</exception>
    /// <exception cref="PravegaUnavailableException">The segment store was gone for too long; reading again goes on.</exception>
    public async ValueTask<SegmentEvents> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            reading ??= source.ReadAsync(readTo, stop.Token);
            var reply = await WaitAsync(reading, cancellationToken).ConfigureAwait(false);
            var isEnd = reply.IsEndOfSegment;
            readTo += reply.Data.Count;
            // The next part is on its way while these events are handled.
            reading = isEnd ? null : source.ReadAsync(readTo, stop.Token);
            if (Take(reply.Data) is { } events) return Events(events.Array, events.Data, isEnd && rest.Count == 0);
            if (!isEnd) continue;
            if (rest.Count > 0) throw Corrupt($"the segment ends in the middle of an event, {rest.Count:N0} bytes after it");
            return Events(null, ReadOnlyMemory<byte>.Empty, isEnd: true);
        }
    }

    /// <summary>Goes on at another offset, which must lie between two events.</summary>
    public void MoveTo(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        // An answer that still comes goes to the collector.
        (reading, rest) = (null, ArraySegment<byte>.Empty);
        readTo = Offset = offset;
    }

    /// <summary>What the segment is just now.</summary>
    /// <exception cref="PravegaTruncatedException">It is not there any more.</exception>
    public Task<SegmentInfo> GetInfoAsync(CancellationToken cancellationToken = default) => source.GetInfoAsync(cancellationToken);

    /// <summary>Gives up reading. What the store still holds back is not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        if (reading is { } last) await ((Task)last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        reading = null;
    }

    private async ValueTask<SegmentRead> WaitAsync(Task<SegmentRead> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await (cancellationToken.CanBeCanceled ? answer.WaitAsync(cancellationToken) : answer).ConfigureAwait(false);
        }
        catch (Exception) when (answer.IsFaulted || answer.IsCanceled)
        {
            // Asked again at the next read.
            reading = null;
            throw;
        }
    }

    // Puts what was left and what came together, and takes the whole events off it; null where there is none yet.
    private (byte[] Array, ReadOnlyMemory<byte> Data)? Take(ArraySegment<byte> came)
    {
        if (came.Count == 0) return null;
        var all = came;
        if (rest.Count > 0 && rest.Count <= came.Offset)
        {
            all = new ArraySegment<byte>(came.Array!, came.Offset - rest.Count, rest.Count + came.Count);
            rest.CopyTo(all.Array!, all.Offset);
        }
        else if (rest.Count > 0)
        {
            all = new ArraySegment<byte>(ArrayPool<byte>.Shared.Rent(rest.Count + came.Count), 0, rest.Count + came.Count);
            rest.CopyTo(all.Array!);
            came.CopyTo(all.Array!, rest.Count);
            ArrayPool<byte>.Shared.Return(came.Array!);
        }
        var whole = WholeEvents(all);
        // The part of an event is copied, so that the rest of the array can go to whoever reads.
        rest = whole == 0 ? all : all[whole..].ToArray();
        return whole == 0 ? null : (all.Array!, new ReadOnlyMemory<byte>(all.Array, all.Offset, whole));
    }

    private int WholeEvents(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (bytes.Length - at >= AppendBlock.EventHeader)
        {
            var (type, length) = (BinaryPrimitives.ReadInt32BigEndian(bytes[at..]), BinaryPrimitives.ReadInt32BigEndian(bytes[(at + 4)..]));
            if (type != (int)WireType.Event || length is < 0 or > MostEventBytes)
            {
                // What lies before it is sound; the next read comes to it again, and says so.
                if (at > 0) return at;
                throw Corrupt($"a frame of type {type} and {length:N0} bytes is no event");
            }
            if (bytes.Length - at - AppendBlock.EventHeader < length) break;
            at += AppendBlock.EventHeader + length;
        }
        return at;
    }

    private SegmentEvents Events(byte[]? pooled, ReadOnlyMemory<byte> data, bool isEnd)
    {
        var events = new SegmentEvents(Segment, Offset, pooled, data, isEnd);
        Offset = events.NextOffset;
        return events;
    }

    private PravegaCorruptException Corrupt(string why) => new(
        $"The segment '{Segment}' has no event at offset {Offset:N0}: {why}. The offset does not lie between two events, or the segment was written as bytes.")
    { Scope = Segment.Stream.Scope, Stream = Segment.Stream.Stream, Segment = Segment.Name };
}
