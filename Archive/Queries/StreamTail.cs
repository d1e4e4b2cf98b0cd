using Weir.Streams;

namespace Weir.Archive;

/// <summary>The part of a stream that the ring has not taken in yet.</summary>
internal sealed class StreamTail(IStreamStore store, StreamName stream)
{
    /// <summary>Shows the blocks between two positions to a visitor, until it says that it has enough.</summary>
    /// <returns>False where the stream has been truncated since: what was there is in the ring or in files by now.</returns>
    public async Task<bool> VisitAsync(StreamPosition from, StreamPosition to, Func<RingBlock, bool> visit, CancellationToken cancellationToken)
    {
        await using var reader = await store.OpenReaderAsync(stream, from, cancellationToken);
        while (reader.Position < to && await reader.TryReadAsync(cancellationToken: cancellationToken) is { } batch)
        {
            if (batch.Gap is { Cause: GapCause.Truncated }) return false;
            for (var i = 0; i < batch.Events.Length; i++)
            {
                if (RingBlocks.TryRead(batch.Events.Span[i], batch.Next, arrived: 0, out var block, out _) && !visit(block)) return true;
            }
            if (batch.EndOfStream) return true;
        }
        return true;
    }
}
