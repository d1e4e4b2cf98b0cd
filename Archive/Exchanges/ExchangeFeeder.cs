using Microsoft.Extensions.Logging;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>Where a feeder begins.</summary>
/// <param name="Position">The position in the stream.</param>
/// <param name="Last">The key of the last message before it.</param>
/// <param name="Loss">What the stream said of a loss just before it; null where nothing was lost.</param>
internal readonly record struct FeedStart(StreamPosition Position, MessageKey Last, string? Loss);

/// <summary>Reads the stream and fills the ring; where the ring is full it waits for the archiver.</summary>
internal sealed class ExchangeFeeder(
    IStreamStore store, StreamName stream, FeedStart start, MessageRing ring, Archiver archiver, ExchangeBacklog backlog,
    GapRecorder gaps, ExchangeOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Pulse moved = new();
    private volatile ExchangeOptions options = options;
    private long dropped;
    private StreamPosition fedTo = start.Position;
    private MessageKey last = start.Last;
    private string? loss = start.Loss;

    /// <summary>Everything before this is in the ring or in files.</summary>
    public StreamPosition FedTo
    {
        get { lock (gate) return fedTo; }
    }

    /// <summary>Messages that were let go of because the ring was full.</summary>
    public long Dropped => Volatile.Read(ref dropped);

    public void Apply(ExchangeOptions newOptions) => options = newOptions;

    /// <summary>Waits until the ring has all before a position, or can take no more just now.</summary>
    public async Task WaitAsync(StreamPosition position, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = moved.Next;
            if (FedTo >= position || ring.IsFull) return;
            await next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Feeds until cancelled, or until the end of a sealed stream.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var reader = await store.OpenReaderAsync(stream, FedTo, cancellationToken);
                await FeedAsync(reader, cancellationToken);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) // whatever it was, the ring must not stand still for good
            {
                ArchiveLog.FeedingFailed(logger, error, stream.Stream, RetryDelay);
                await Task.Delay(RetryDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FeedAsync(IStreamReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var batch = await reader.ReadAsync(cancellationToken: cancellationToken);
            if (batch.Gap is { } gap) loss = gap.Detail;
            for (var i = 0; i < batch.Events.Length; i++)
            {
                var next = i + 1 < batch.Events.Length ? batch.Events.Span[i + 1].Position : batch.Next;
                await TakeAsync(batch.Events.Span[i], next, cancellationToken);
            }
            Move(batch.Next);
            archiver.Nudge();
            if (batch.EndOfStream) return;
        }
    }

    private async ValueTask TakeAsync(StoredEvent stored, StreamPosition next, CancellationToken cancellationToken)
    {
        if (RingBlocks.TryRead(stored, next, time.GetTimestamp(), out var block, out var problem))
        {
            if (block.Last > last)
            {
                if (loss is not null) backlog.Lose(gaps.RecordBetween(last, block.First, loss));
                loss = null;
                if (!ring.TryAppend(block)) await WaitForRoomAsync(block, cancellationToken);
                last = block.Last;
            }
        }
        else
        {
            loss = problem;
        }
        lock (gate) fedTo = next;
    }

    private async Task WaitForRoomAsync(RingBlock block, CancellationToken cancellationToken)
    {
        moved.Beat();
        while (true)
        {
            var archived = archiver.Progress;
            if (ring.TryAppend(block)) return;
            archiver.Nudge();
            if (options.Ring.WhenFull == FullOperation.DropOldest && DropOldest()) continue;
            await archived.WaitAsync(cancellationToken);
        }
    }

    private bool DropOldest()
    {
        var archivedTo = archiver.ArchivedTo;
        var (messages, bytes) = ring.DropOldest(options.Ring.DropCount, block => Declare(block, archivedTo));
        if (messages == 0) return false;
        Interlocked.Add(ref dropped, messages);
        backlog.Remove(messages, bytes);
        return true;
    }

    // The first messages of a block that lay over midnight may have a file.
    private void Declare(RingBlock block, MessageKey archivedTo)
    {
        var first = block.First > archivedTo ? block.First : new MessageKey(archivedTo.TimestampMicros, archivedTo.Sequence + 1);
        gaps.Note(
            first, block.Last, block.Last.Sequence - first.Sequence + 1, MessageGapCause.Dropped,
            $"The ring of the exchange '{stream.Stream}' was full, and the oldest messages without a file were dropped.");
    }

    private void Move(StreamPosition position)
    {
        lock (gate) fedTo = position;
        moved.Beat();
    }
}
