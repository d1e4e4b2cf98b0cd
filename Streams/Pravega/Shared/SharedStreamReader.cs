using Microsoft.Extensions.Logging;
using Weir.Pravega;

namespace Weir.Streams.Pravega.Shared;

/// <summary>
/// Reads a queue of a shared stream: what has been read before in the order that was written down, and what is new in an
/// order that it writes down first. Positions count the bytes of the segments, those of other queues' events with them.
/// </summary>
internal sealed class SharedStreamReader : IStreamReader
{
    // So long may it take until the segments that follow a sealed one are found, for a caller that does not wait.
    private static readonly TimeSpan SuccessorPatience = TimeSpan.FromMilliseconds(200);

    private readonly PravegaClient client;
    private readonly QueueOrder order;
    private readonly long chunkBytes;
    private readonly ILogger logger;
    private readonly Dictionary<long, Lane> lanes = [];
    private readonly HeldEvents fresh = new();
    private long freshFrom, freshEnd;
    private OrderEnd end = null!;
    private OrderChunk? near;
    private EventReader? tail;
    private Task<SegmentEvents?>? reading;
    private long position;
    private bool isFromEarliest;
    private StreamGap? untold;

    private SharedStreamReader(PravegaClient client, QueueOrder order, long chunkBytes, ILogger logger) =>
        (this.client, this.order, this.chunkBytes, this.logger) = (client, order, chunkBytes, logger);

    public StreamName Stream => order.Name;

    public StreamPosition Position => new(0, position);

    public static async Task<SharedStreamReader> OpenAsync(
        PravegaClient client, QueueOrder order, StreamPosition from, long chunkBytes, ILogger logger, CancellationToken cancellationToken)
    {
        var reader = new SharedStreamReader(client, order, chunkBytes, logger);
        try
        {
            await reader.BeginAsync(from, cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch (Exception)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<StreamBatch> ReadAsync(
        int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default) =>
        (await NextAsync(waits: true, maxEvents, maxBytes, cancellationToken).ConfigureAwait(false))!;

    public ValueTask<StreamBatch?> TryReadAsync(
        int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default) =>
        NextAsync(waits: false, maxEvents, maxBytes, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        fresh.LetGo();
        await LeaveTailAsync().ConfigureAwait(false);
        await LeaveLanesAsync().ConfigureAwait(false);
    }

    // Null at the tail, where it is not to wait there.
    private async ValueTask<StreamBatch?> NextAsync(bool waits, int maxEvents, int maxBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEvents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        cancellationToken.ThrowIfCancellationRequested();
        return await PravegaErrors.GuardAsync<StreamBatch?>(Stream, async () =>
        {
            while (true)
            {
                if (await TakeAsync(maxEvents, maxBytes, cancellationToken).ConfigureAwait(false) is { } batch) return batch;
                if (position < end.Position || await IsBehindAsync(cancellationToken).ConfigureAwait(false)) continue;
                if (!waits)
                {
                    await AskAsync(cancellationToken).ConfigureAwait(false);
                    if (!reading!.IsCompleted && await IsAtTailAsync(cancellationToken).ConfigureAwait(false)) return null;
                }
                if (await FetchAsync(cancellationToken).ConfigureAwait(false) is { } other) return other;
            }
        }).ConfigureAwait(false);
    }

    private async Task BeginAsync(StreamPosition from, CancellationToken cancellationToken)
    {
        (end, var first) = await order.LoadWithFirstAsync(cancellationToken).ConfigureAwait(false) ?? throw new StreamNotFoundException(Stream);
        if (from == StreamPosition.Latest)
        {
            position = end.Position;
            while (await TryReadAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is { EndOfStream: false } batch) batch.Release();
        }
        else if (from <= new StreamPosition(0, first.Start))
        {
            position = first.Start;
            isFromEarliest = from == StreamPosition.Earliest;
            // What lies behind the position that was given up last was other queues'.
            if (!isFromEarliest && from < Position && from.Offset < end.Given)
                untold = new StreamGap(from, Position, GapCause.Truncated, null, $"The events of queue '{Stream}' before {Position} have been let go.");
        }
        else if (from <= new StreamPosition(0, end.Position))
        {
            position = from.Offset;
        }
        else
        {
            position = end.Position;
            untold = new StreamGap(
                from, Position, GapCause.Corrupt, null, $"Position {from} lies behind the end of queue '{Stream}'; reading goes on at its end, {Position}.");
        }
    }

    private async Task ReloadAsync(CancellationToken cancellationToken) =>
        end = await order.LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw new StreamNotFoundException(Stream);

    // What is at hand, or lies in the order as it is known. Null where there is nothing, or only what is other queues'.
    private async Task<StreamBatch?> TakeAsync(int maxEvents, int maxBytes, CancellationToken cancellationToken)
    {
        if (untold is { } gap)
        {
            untold = null;
            return Tell(gap);
        }
        if (!fresh.IsEmpty)
        {
            var taken = fresh.Take(maxEvents, maxBytes, long.MaxValue, new Decoder(freshFrom, order.Low, order.High));
            position = fresh.IsEmpty ? freshEnd : freshFrom + fresh.NextOffset;
            return Batch(taken);
        }
        if (position >= end.Position) return null;
        near = await order.ChunkOfAsync(end, near, position, cancellationToken).ConfigureAwait(false);
        if (near is null)
        {
            await ReloadAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        if (position < near.Start)
        {
            var from = Position;
            position = near.Start;
            return from.Offset < end.Given ? TellLost(from) : null;
        }
        var (run, start) = near.RunAt(position);
        if (run.IsLost)
        {
            var from = Position;
            position = start + run.Length;
            return TellLost(from);
        }
        if (run.IsForeign)
        {
            position = start + run.Length;
            return null;
        }
        return await ReplayAsync(run, start, maxEvents, maxBytes, cancellationToken).ConfigureAwait(false);
    }

    private async Task<StreamBatch?> ReplayAsync(OrderRun run, long start, int maxEvents, int maxBytes, CancellationToken cancellationToken)
    {
        var (runEnd, shift) = (start + run.Length, start - run.Offset);
        if (!lanes.TryGetValue(run.Segment, out var lane))
            lanes.Add(run.Segment, lane = new Lane(client.OpenSegmentReader(new StreamSegment(order.Stream, run.Segment), position - shift)));
        try
        {
            if (!await lane.GoToAsync(position - shift, cancellationToken).ConfigureAwait(false))
                throw new StreamStoreException($"The queue '{Stream}' has an order that goes behind the end of segment {run.Segment} of '{order.Stream}'.");
        }
        catch (PravegaTruncatedException e)
        {
            var from = Position;
            position = e.StartOffset is { } oldest ? Math.Min(runEnd, shift + oldest) : runEnd;
            return TellLost(from);
        }
        var taken = lane.Held.Take(maxEvents, maxBytes, run.Offset + run.Length, new Decoder(shift, order.Low, order.High));
        position = Math.Min(runEnd, shift + lane.Held.NextOffset);
        return Batch(taken);
    }

    private StreamBatch? Batch(TakenEvents? taken)
    {
        if (taken is not { } events) return null;
        isFromEarliest = false;
        return new StreamBatch(events.Events, Position) { Memory = events.Memory };
    }

    // Whether somebody else has written the order on.
    private async Task<bool> IsBehindAsync(CancellationToken cancellationToken)
    {
        // At the tail, writing the order on tells.
        if (tail is not null) return false;
        await ReloadAsync(cancellationToken).ConfigureAwait(false);
        return position < end.Position;
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        if (tail is null)
        {
            await LeaveLanesAsync().ConfigureAwait(false);
            tail = await client.OpenReaderAsync(
                order.Stream, new EventReaderOptions { From = end.Cut, LowKey = order.Low, HighKey = order.High }, cancellationToken).ConfigureAwait(false);
        }
        reading ??= tail.ReadAsync(CancellationToken.None).AsTask();
    }

    private async Task<bool> IsAtTailAsync(CancellationToken cancellationToken)
    {
        var isScaled = false;
        foreach (var (segment, offset) in end.Cut.Offsets)
        {
            var info = await client.GetSegmentInfoAsync(new StreamSegment(order.Stream, segment), cancellationToken).ConfigureAwait(false);
            if (info is not { } now || now.Length > offset) return false;
            isScaled |= now.IsSealed;
        }
        if (isScaled) await Task.WhenAny(reading!, Task.Delay(SuccessorPatience, cancellationToken)).ConfigureAwait(false);
        return !reading!.IsCompleted;
    }

    // What is new, once its place in the order is written down. Null where there are events now, or others were first.
    private async Task<StreamBatch?> FetchAsync(CancellationToken cancellationToken)
    {
        await AskAsync(cancellationToken).ConfigureAwait(false);
        SegmentEvents? came;
        OrderRun run;
        try
        {
            came = await reading!.WaitAsync(cancellationToken).ConfigureAwait(false);
            reading = null;
            if (came is null) return new StreamBatch(ReadOnlyMemory<StoredEvent>.Empty, Position) { EndOfStream = true };
            run = new OrderRun(came.Segment.Id, came.Offset, came.Bytes, !HasOwn(came));
        }
        catch (PravegaTruncatedException)
        {
            (reading, came, run) = (null, null, OrderRun.OfLost);
        }
        catch (Exception) when (reading is { IsFaulted: true } or { IsCanceled: true })
        {
            reading = null;
            throw;
        }
        OrderEnd? extended;
        try
        {
            extended = await order.TryExtendAsync(end, run, tail!.Position, chunkBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Whether it is written is not known; the order says.
            came?.Dispose();
            await LeaveTailAsync().ConfigureAwait(false);
            throw;
        }
        if (extended is null)
        {
            came?.Dispose();
            await LeaveTailAsync().ConfigureAwait(false);
            return null;
        }
        (freshFrom, freshEnd) = (position - run.Offset, extended.Position);
        end = extended;
        if (came is null || run.IsForeign)
        {
            came?.Dispose();
            var from = Position;
            position = freshEnd;
            return run.IsLost ? TellLost(from) : null;
        }
        fresh.Hold(came);
        return null;
    }

    private bool HasOwn(SegmentEvents events)
    {
        var range = new SegmentRange(default, order.Low, order.High);
        foreach (var written in events)
        {
            // What has no place is nobody's; the first queue reports it.
            if (!PlacedEnvelope.TryRead(written.Payload, out _, out var place, out _) ? order.Low == 0 : range.Contains(place)) return true;
        }
        return false;
    }

    private async ValueTask LeaveLanesAsync()
    {
        foreach (var lane in lanes.Values) await lane.DisposeAsync().ConfigureAwait(false);
        lanes.Clear();
    }

    private async ValueTask LeaveTailAsync()
    {
        var (left, last) = (tail, reading);
        (tail, reading) = (null, null);
        if (left is not null) await left.DisposeAsync().ConfigureAwait(false);
        if (last is not null) await ((Task)last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private StreamBatch? TellLost(StreamPosition from) => isFromEarliest
        ? null
        : Tell(new StreamGap(from, Position, GapCause.Truncated, null, $"The events of queue '{Stream}' from {from} to {Position} have been let go."));

    private StreamBatch Tell(StreamGap gap)
    {
        isFromEarliest = false;
        PravegaStoreMessages.GapMet(logger, Stream, gap.Detail);
        return new StreamBatch(ReadOnlyMemory<StoredEvent>.Empty, gap.To, gap);
    }

    /// <summary>One segment of the part that is read again.</summary>
    private sealed class Lane(SegmentReader reader) : IAsyncDisposable
    {
        public HeldEvents Held { get; } = new();

        /// <summary>Has the events at an offset at hand; false where the segment ends there.</summary>
        public async ValueTask<bool> GoToAsync(long offset, CancellationToken cancellationToken)
        {
            if (!Held.IsEmpty && Held.NextOffset == offset) return true;
            Held.LetGo();
            if (reader.Offset != offset) reader.MoveTo(offset);
            var came = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            Held.Hold(came);
            return !Held.IsEmpty;
        }

        public ValueTask DisposeAsync()
        {
            Held.LetGo();
            return reader.DisposeAsync();
        }
    }

    private readonly struct Decoder(long shift, double low, double high) : IEventDecoder
    {
        public bool TryDecode(in ReadEvent written, out StoredEvent stored)
        {
            var isPlaced = PlacedEnvelope.TryRead(written.Payload, out var timestamp, out var place, out var payload);
            stored = new StoredEvent(new StreamPosition(0, shift + written.Offset), timestamp, payload);
            return isPlaced ? new SegmentRange(default, low, high).Contains(place) : low == 0;
        }
    }
}
