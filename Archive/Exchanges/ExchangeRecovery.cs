using Weir.Streams;

namespace Weir.Archive;

/// <summary>What a start found in the stream.</summary>
/// <param name="Last">The key of the newest message in the stream or in files.</param>
/// <param name="Feed">Where the feeder goes on: all before it that has no file is in the ring.</param>
/// <param name="Tail">The stream's position after all that was found.</param>
/// <param name="WaitingBytes">Bytes without a file.</param>
/// <param name="WaitingMessages">Messages without a file.</param>
internal sealed record RecoveredExchange(MessageKey Last, FeedStart Feed, StreamPosition Tail, long WaitingBytes, long WaitingMessages);

/// <summary>Reads the stream from the archive's position to its end: fills the ring and finds the newest key.</summary>
/// <remarks><paramref name="knowsFiles"/> says that every file that there ever was is there or in a gap.</remarks>
internal sealed class ExchangeRecovery(
    IStreamStore store, StreamName stream, MessageRing ring, ArchiveCatalog catalog, GapList gaps, GapRecorder recorder, bool knowsFiles,
    TimeProvider time)
{
    private MessageKey last;
    private FeedStart? feed;
    private string? loss;
    private long waitingBytes;
    private long waitingMessages;

    /// <param name="archivedTo">The newest key in files.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<RecoveredExchange> RunAsync(MessageKey archivedTo, CancellationToken cancellationToken)
    {
        last = archivedTo;
        await using var reader = await store.OpenReaderAsync(stream, await StartAsync(cancellationToken), cancellationToken);
        while (await reader.TryReadAsync(cancellationToken: cancellationToken) is { } batch)
        {
            if (batch.Gap is { } gap) loss = gap.Detail;
            for (var i = 0; i < batch.Events.Length; i++)
            {
                var next = i + 1 < batch.Events.Length ? batch.Events.Span[i + 1].Position : batch.Next;
                Take(batch.Events.Span[i], next);
            }
            if (batch.EndOfStream) break;
        }
        return new RecoveredExchange(last, feed ?? new FeedStart(reader.Position, last, loss), reader.Position, waitingBytes, waitingMessages);
    }

    private async Task<StreamPosition> StartAsync(CancellationToken cancellationToken)
    {
        var description = await store.DescribeAsync(stream, cancellationToken) ?? throw new StreamNotFoundException(stream);
        var checkpoint = await store.ReadCheckpointAsync(stream, Archiver.ReaderName, cancellationToken);
        // A position beyond the tail is from an earlier stream of that name (one kept in memory, say).
        if (checkpoint is not null && checkpoint.Position <= description.Tail) return checkpoint.Position;
        await store.WriteCheckpointAsync(stream, new ReaderCheckpoint(Archiver.ReaderName, description.Head), cancellationToken);
        return description.Head;
    }

    private void Take(in StoredEvent stored, StreamPosition next)
    {
        if (!RingBlocks.TryRead(stored, next, time.GetTimestamp(), out var block, out var problem))
        {
            loss = problem;
            return;
        }
        // Its file was named, but the position was not kept any more.
        if (block.Last <= last) return;

        // It was dropped, and the stream not cut yet.
        if (gaps.HasLetGo(Math.Max(block.First.Sequence, last.Sequence + 1), block.Last.Sequence, MessageGapCause.Dropped))
        {
            last = block.Last;
            return;
        }

        if (loss is not null) recorder.RecordBetween(last, block.First, loss);
        else if (waitingMessages == 0 && !knowsFiles) catalog.ReportMissing(last, block.First);
        // Keys are given in the order of the stream, so a hole in it was refused; the list of gaps was not written any more.
        else recorder.RecordBetween(last, block.First, "They were refused shortly before the process ended.", MessageGapCause.Rejected);
        // Once the ring is full the feeder takes over there; the rest is only looked at for its keys.
        if (feed is null && !ring.TryAppend(block)) feed = new FeedStart(stored.Position, last, null);
        loss = null;
        last = block.Last;
        waitingBytes += block.Bytes.Length;
        waitingMessages += block.Messages;
    }
}
