using Microsoft.Extensions.Logging;
using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>A cursor over a stream in Pravega.</summary>
internal sealed class PravegaStreamReader : IStreamReader
{
    private readonly PravegaClient client;
    private readonly SegmentChain chain;
    private readonly StreamState state;
    private readonly ILogger logger;
    private SegmentReader reader;
    private readonly HeldEvents held = new();
    private Task<SegmentEvents>? reading;
    private bool isLastOfSegment;
    private bool isFromEarliest;
    private StreamGap? untold;

    private PravegaStreamReader(
        PravegaClient client, SegmentChain chain, StreamState state, StreamName name, ILogger logger, SegmentReader reader)
    {
        this.client = client;
        this.chain = chain;
        this.state = state;
        this.logger = logger;
        this.reader = reader;
        Stream = name;
        Position = new StreamPosition(reader.Segment.Epoch, reader.Offset);
    }

    public StreamName Stream { get; }

    public StreamPosition Position { get; private set; }

    public static async Task<PravegaStreamReader> OpenAsync(
        PravegaClient client, SegmentChain chain, StreamState state, StreamName name, StreamPosition from, ILogger logger,
        CancellationToken cancellationToken)
    {
        if (from == StreamPosition.Earliest)
        {
            var head = await chain.HeadAsync(cancellationToken).ConfigureAwait(false);
            return await AtAsync(head).ConfigureAwait(false) is { } first
                ? first
                : throw new StreamNotFoundException(name);
        }
        var (last, info, _) = await chain.LastAsync(cancellationToken).ConfigureAwait(false);
        var tail = new StreamPosition(last.Epoch, info.Length);
        if (from == StreamPosition.Latest) return Opened(last, info.Length);
        // Pravega holds a read behind the end for ever, so a position that the stream has never had is found here.
        if (from <= tail && await AtAsync(from).ConfigureAwait(false) is { } there) return there;
        var behind = Opened(last, info.Length);
        behind.untold = new StreamGap(
            from, tail, GapCause.Corrupt, null,
            $"Position {from} lies behind the end of stream '{name}'; reading goes on at its end, {tail}.");
        return behind;

        PravegaStreamReader Opened(StreamSegment segment, long offset) =>
            new(client, chain, state, name, logger, client.OpenSegmentReader(segment, offset));

        async Task<PravegaStreamReader?> AtAsync(StreamPosition at)
        {
            if (await chain.SegmentOfAsync(at.Epoch, cancellationToken).ConfigureAwait(false) is not { } segment) return null;
            var opened = Opened(segment, at.Offset);
            opened.isFromEarliest = from == StreamPosition.Earliest;
            return opened;
        }
    }

    public async ValueTask<StreamBatch> ReadAsync(
        int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default)
    {
        Check(maxEvents, maxBytes);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            while (true)
            {
                if (Take(maxEvents, maxBytes) is { } batch) return batch;
                if (await FetchAsync(cancellationToken).ConfigureAwait(false) is { } other) return other;
            }
        }
        catch (PravegaException e)
        {
            throw PravegaErrors.Translated(e, Stream);
        }
    }

    public async ValueTask<StreamBatch?> TryReadAsync(
        int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default)
    {
        Check(maxEvents, maxBytes);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            while (true)
            {
                if (Take(maxEvents, maxBytes) is { } batch) return batch;
                // Pravega holds a read at the tail, so it is asked first whether there is anything.
                if (!isLastOfSegment)
                {
                    reading ??= reader.ReadAsync(CancellationToken.None).AsTask();
                    if (!reading.IsCompleted && await IsAtTailAsync(cancellationToken).ConfigureAwait(false)) return null;
                }
                if (await FetchAsync(cancellationToken).ConfigureAwait(false) is { } other) return other;
            }
        }
        catch (PravegaException e)
        {
            throw PravegaErrors.Translated(e, Stream);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync().ConfigureAwait(false);
        if (reading is not null) await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        held.LetGo();
    }

    private static void Check(int maxEvents, int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEvents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
    }

    private async Task<bool> IsAtTailAsync(CancellationToken cancellationToken)
    {
        try
        {
            var info = await reader.GetInfoAsync(cancellationToken).ConfigureAwait(false);
            return !info.IsSealed && info.Length <= Position.Offset;
        }
        catch (PravegaTruncatedException)
        {
            return false;
        }
    }

    // What is at hand, within the limits.
    private StreamBatch? Take(int maxEvents, int maxBytes)
    {
        if (untold is { } gap)
        {
            untold = null;
            return Tell(gap);
        }
        if (held.Take(maxEvents, maxBytes, long.MaxValue, new Decoder(reader.Segment.Epoch)) is not { } taken) return null;
        Position = new StreamPosition(reader.Segment.Epoch, held.NextOffset);
        isFromEarliest = false;
        return new StreamBatch(taken.Events, Position) { Memory = taken.Memory };
    }

    // The next part of the segment, or what comes in its place. Null where there are events now, or another segment.
    private async Task<StreamBatch?> FetchAsync(CancellationToken cancellationToken)
    {
        if (isLastOfSegment) return await GoOnAsync(cancellationToken).ConfigureAwait(false);
        reading ??= reader.ReadAsync(CancellationToken.None).AsTask();
        SegmentEvents came;
        try
        {
            came = await (cancellationToken.CanBeCanceled ? reading.WaitAsync(cancellationToken) : reading).ConfigureAwait(false);
        }
        catch (PravegaTruncatedException e)
        {
            reading = null;
            return await SkipAsync(e, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (reading is { IsFaulted: true } or { IsCanceled: true })
        {
            reading = null;
            throw;
        }
        reading = null;
        isLastOfSegment = came.IsEndOfSegment;
        if (came.Bytes > 0) held.Hold(came);
        return null;
    }

    private async Task<StreamBatch?> GoOnAsync(CancellationToken cancellationToken)
    {
        if (await state.IsDeletedAsync(cancellationToken).ConfigureAwait(false)) throw new StreamNotFoundException(Stream);
        if (await chain.NextAsync(reader.Segment, cancellationToken).ConfigureAwait(false) is { } next)
        {
            await ContinueInAsync(next, 0).ConfigureAwait(false);
            return null;
        }
        // An open stream whose next segment is not told yet, or a sealed one.
        var (_, _, isSealed) = await chain.LastAsync(cancellationToken).ConfigureAwait(false);
        if (!isSealed) return null;
        return new StreamBatch(ReadOnlyMemory<StoredEvent>.Empty, Position) { EndOfStream = true };
    }

    private async Task<StreamBatch?> SkipAsync(PravegaTruncatedException truncated, CancellationToken cancellationToken)
    {
        if (await state.IsDeletedAsync(cancellationToken).ConfigureAwait(false)) throw new StreamNotFoundException(Stream);
        var from = Position;
        if (truncated.StartOffset is { } start)
        {
            reader.MoveTo(start);
            Position = Position with { Offset = start };
        }
        else
        {
            // The whole segment is gone.
            var head = await chain.HeadAsync(cancellationToken).ConfigureAwait(false);
            var segment = await chain.SegmentOfAsync(head.Epoch, cancellationToken).ConfigureAwait(false)
                ?? throw new StreamNotFoundException(Stream);
            await ContinueInAsync(segment, head.Offset).ConfigureAwait(false);
        }
        if (isFromEarliest) return null;
        return Tell(new StreamGap(
            from, Position, GapCause.Truncated, null, $"The events of stream '{Stream}' from {from} to {Position} have been let go."));
    }

    private async Task ContinueInAsync(StreamSegment segment, long offset)
    {
        await reader.DisposeAsync().ConfigureAwait(false);
        held.LetGo();
        reader = client.OpenSegmentReader(segment, offset);
        reading = null;
        isLastOfSegment = false;
        Position = new StreamPosition(segment.Epoch, offset);
    }

    private StreamBatch Tell(StreamGap gap)
    {
        isFromEarliest = false;
        PravegaStoreMessages.GapMet(logger, Stream, gap.Detail);
        return new StreamBatch(ReadOnlyMemory<StoredEvent>.Empty, gap.To, gap);
    }

    private readonly struct Decoder(int epoch) : IEventDecoder
    {
        public bool TryDecode(in ReadEvent written, out StoredEvent stored)
        {
            EventEnvelope.TryRead(written.Payload, out var timestamp, out var payload);
            stored = new StoredEvent(new StreamPosition(epoch, written.Offset), timestamp, payload);
            return true;
        }
    }
}
