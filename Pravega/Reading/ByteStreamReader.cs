using System.Buffers;
using Weir.Pravega.Connections;
using Weir.Pravega.Reading;
using Weir.Pravega.Wire;

namespace Weir.Pravega;

/// <summary>
/// Reads a stream of one segment as bytes, with no events in it, as <see cref="ByteStreamWriter"/> and Java's byte stream
/// client write it. For one caller at a time.
/// </summary>
public sealed class ByteStreamReader : IAsyncDisposable
{
    private readonly SegmentSource source;
    private readonly CancellationTokenSource stop = new();
    private Task<SegmentRead>? reading;
    private ArraySegment<byte> rest = ArraySegment<byte>.Empty;
    private byte[]? lent;
    private bool isAtEnd;

    internal ByteStreamReader(SegmentServices services, StreamSegment segment, long offset)
    {
        source = new SegmentSource(services, segment);
        Offset = offset;
    }

    /// <summary>The offset of the next byte.</summary>
    public long Offset { get; private set; }

    /// <summary>Reads some bytes; 0 at the end of a sealed stream. Waits at the tail.</summary>
    /// <exception cref="PravegaTruncatedException">They have been truncated away; <see cref="Seek"/> goes on where it says.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken = default)
    {
        if (target.Length == 0) return 0;
        if (rest.Count == 0 && !isAtEnd) await FetchAsync(cancellationToken).ConfigureAwait(false);
        var count = Math.Min(target.Length, rest.Count);
        rest[..count].AsMemory().CopyTo(target);
        rest = rest[count..];
        Offset += count;
        return count;
    }

    /// <summary>Goes on at another offset.</summary>
    public void Seek(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        (reading, rest, isAtEnd, Offset) = (null, ArraySegment<byte>.Empty, false, offset);
    }

    /// <summary>The lowest offset that is there, and the one after the last byte.</summary>
    public Task<SegmentInfo> GetInfoAsync(CancellationToken cancellationToken = default) => source.GetInfoAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        if (reading is { } last) await ((Task)last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (lent is not null) ArrayPool<byte>.Shared.Return(lent);
        lent = null;
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        var asked = reading ??= source.ReadAsync(Offset, stop.Token);
        try
        {
            var read = await asked.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (lent is not null) ArrayPool<byte>.Shared.Return(lent);
            lent = read.Data.Count > 0 ? read.Data.Array : null;
            (rest, isAtEnd) = (read.Data, read.IsEndOfSegment);
            reading = isAtEnd ? null : source.ReadAsync(Offset + rest.Count, stop.Token);
        }
        catch (Exception) when (asked.IsFaulted || asked.IsCanceled)
        {
            reading = null;
            throw;
        }
    }
}
