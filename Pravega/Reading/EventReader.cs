using System.Runtime.CompilerServices;
using Weir.Pravega.Connections;
using Weir.Pravega.Reading;

namespace Weir.Pravega;

/// <summary>Where a reader begins and what it reads.</summary>
public sealed record EventReaderOptions
{
    /// <summary>Where to begin: a position that a reader gave, or a cut; null begins at the stream's head.</summary>
    public StreamCut? From { get; init; }

    /// <summary>Begin behind the newest event of the moment. Not together with <see cref="From"/>.</summary>
    public bool FromTail { get; init; }

    /// <summary>The lower bound of the keys' places, excluded; 0 to 1.</summary>
    public double LowKey { get; init; }

    /// <summary>
    /// The upper bound of the keys' places, included; 0 to 1. A segment that holds other keys, too, is read whole: leave
    /// out what is not yours by <see cref="RoutingKey.Place"/>, where the payload has the key.
    /// </summary>
    public double HighKey { get; init; } = 1;
}

/// <summary>
/// Reads a stream, or the part of it that holds a range of keys, over all of its scalings. The events of a key come in
/// order: a segment is begun when all that it follows have been read to their end. For one caller at a time.
/// </summary>
/// <remarks>
/// Who asks for the next events is taken to be done with those before: so <see cref="Position"/> is where to go on without
/// loss or repeat.
/// </remarks>
public sealed class EventReader : IAsyncDisposable
{
    private static readonly TimeSpan SuccessorPause = TimeSpan.FromMilliseconds(100);

    private readonly SegmentServices services;
    private readonly SegmentFrontier frontier;
    private readonly List<Cursor> cursors = [];
    private int next;

    private EventReader(SegmentServices services, ScopedStream stream, EventReaderOptions options)
    {
        this.services = services;
        Stream = stream;
        frontier = new SegmentFrontier(options.LowKey, options.HighKey);
    }

    /// <summary>The stream it reads.</summary>
    public ScopedStream Stream { get; }

    /// <summary>
    /// Where to go on. Right after a scale it may hold a segment that was read to its end together with one that follows
    /// it: <see cref="EventReaderOptions.From"/> understands that; a truncation wants a cut of <see cref="PravegaController"/>.
    /// </summary>
    public StreamCut Position => new(Stream, frontier.Position());

    internal static async Task<EventReader> OpenAsync(
        SegmentServices services, ScopedStream stream, EventReaderOptions options, CancellationToken cancellationToken)
    {
        if (options.FromTail && options.From is not null) throw new ArgumentException("A reader begins at a cut or at the tail, not at both.", nameof(options));
        if (!(options.LowKey >= 0 && options.LowKey < options.HighKey && options.HighKey <= 1))
            throw new ArgumentException($"A reader's keys must lie between 0 and 1, the lower bound below the upper, but are {options.LowKey} to {options.HighKey}.", nameof(options));
        var reader = new EventReader(services, stream, options);
        try
        {
            foreach (var (range, offset) in await reader.StartAsync(options, cancellationToken).ConfigureAwait(false))
            {
                if (reader.frontier.Begin(range, offset)) reader.Follow(range.Segment, offset);
            }
            return reader;
        }
        catch (Exception)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Reads on: events of one segment, at least one. Null where the stream is sealed and read to its end. Waits at the tail.
    /// </summary>
    /// <exception cref="PravegaTruncatedException">
    /// What comes next has been truncated away. The next read goes on with the oldest that is there.
    /// </exception>
    public async ValueTask<SegmentEvents?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            foreach (var ended in cursors.Where(c => c.IsAtEnd).ToArray()) await EndAsync(ended, cancellationToken).ConfigureAwait(false);
            if (frontier.IsAtEnd) return null;
            var cursor = await WaitAsync(cancellationToken).ConfigureAwait(false);
            var read = cursor.Reading!;
            SegmentEvents events;
            try
            {
                events = await read.ConfigureAwait(false);
            }
            catch (PravegaTruncatedException e)
            {
                await SkipAsync(cursor, e, cancellationToken).ConfigureAwait(false);
                throw;
            }
            finally
            {
                cursor.Reading = null;
            }
            if (events.Bytes > 0)
            {
                frontier.Advance(cursor.Reader.Segment, events.NextOffset);
                cursor.IsAtEnd = events.IsEndOfSegment;
                return events;
            }
            await EndAsync(cursor, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The time that the reader has got to, out of the watermarks: all events of its writers up to <c>Lower</c> have been
    /// read, and none that it has read is later than <c>Upper</c>. Null where there is no mark yet on that side.
    /// </summary>
    /// <param name="marks">The stream's watermarks, oldest first, as <see cref="PravegaClient.ReadWatermarksAsync"/> gives them.</param>
    public (long? Lower, long? Upper) TimeWindow(IEnumerable<Watermark> marks)
    {
        var position = frontier.ActiveRanges.ToArray();
        long? lower = null;
        foreach (var mark in marks)
        {
            if (!mark.IsPassedBy(position)) return (lower, mark.Upper);
            lower = mark.Lower;
        }
        return (lower, null);
    }

    /// <summary>The stream's events one by one, to the end of a sealed stream. Each payload is valid until the next is asked for.</summary>
    public async IAsyncEnumerable<ReadEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } events)
        {
            using (events)
            {
                foreach (var one in events) yield return one;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var cursor in cursors)
        {
            await cursor.Reader.DisposeAsync().ConfigureAwait(false);
            if (cursor.Reading is { } reading) await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        cursors.Clear();
    }

    private async Task<List<(SegmentRange Range, long Offset)>> StartAsync(EventReaderOptions options, CancellationToken cancellationToken)
    {
        if (options.FromTail)
        {
            var tail = new List<(SegmentRange, long)>();
            var calls = new SegmentCalls(services);
            foreach (var range in await services.Controller.GetCurrentSegmentsAsync(Stream, cancellationToken).ConfigureAwait(false))
                tail.Add((range, (await calls.GetInfoAsync(range.Segment, cancellationToken).ConfigureAwait(false))?.Length ?? 0));
            return tail;
        }
        var cut = options.From ?? await services.Controller.GetHeadAsync(Stream, cancellationToken).ConfigureAwait(false);
        if (cut.Stream != Stream) throw new ArgumentException($"The cut is of stream '{cut.Stream}', but the reader of '{Stream}'.", nameof(options));
        return await RangesAsync(cut, cancellationToken).ConfigureAwait(false);
    }

    // A segment's range is told by the epoch in which it was made.
    private async Task<List<(SegmentRange Range, long Offset)>> RangesAsync(StreamCut cut, CancellationToken cancellationToken)
    {
        var ranges = new List<(SegmentRange, long)>();
        foreach (var epoch in cut.Offsets.GroupBy(entry => new StreamSegment(Stream, entry.Key).Epoch))
        {
            var segments = await services.Controller.GetEpochSegmentsAsync(Stream, epoch.Key, cancellationToken).ConfigureAwait(false);
            foreach (var (id, offset) in epoch)
            {
                var found = segments.Where(range => range.Segment.Id == id).ToArray();
                if (found.Length == 0)
                    throw new PravegaNotFoundException($"The stream '{Stream}' has no segment '{new StreamSegment(Stream, id)}'.") { Scope = Stream.Scope, Stream = Stream.Stream };
                // An offset of -1 says that nothing of the segment has been read.
                ranges.Add((found[0], Math.Max(0, offset)));
            }
        }
        return ranges;
    }

    private void Follow(StreamSegment segment, long offset) => cursors.Add(new Cursor(new SegmentReader(services, segment, offset)));

    // The next cursor in turn that has an answer; without one, the first that gets one.
    private async ValueTask<Cursor> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            for (var i = 0; i < cursors.Count; i++)
            {
                var cursor = cursors[(next + i) % cursors.Count];
                cursor.Reading ??= cursor.Reader.ReadAsync(CancellationToken.None).AsTask();
                if (!cursor.Reading.IsCompleted) continue;
                next = (next + i + 1) % cursors.Count;
                return cursor;
            }
            if (cursors.Count == 1) await ((Task)cursors[0].Reading!).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else await Task.WhenAny(cursors.Select(c => c.Reading!)).WaitAsync(cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task EndAsync(Cursor cursor, CancellationToken cancellationToken)
    {
        var followers = await FollowersAsync(cursor.Reader.Segment, cancellationToken).ConfigureAwait(false);
        cursors.Remove(cursor);
        await cursor.Reader.DisposeAsync().ConfigureAwait(false);
        foreach (var range in frontier.End(cursor.Reader.Segment, followers)) Follow(range.Segment, 0);
    }

    private async Task<IReadOnlyList<SuccessorRange>> FollowersAsync(StreamSegment segment, CancellationToken cancellationToken)
    {
        while (true)
        {
            var successors = await services.Controller.GetSuccessorsAsync(segment, cancellationToken).ConfigureAwait(false);
            if (successors.Count > 0)
            {
                var followers = new List<SuccessorRange>();
                foreach (var (range, predecessors) in successors)
                {
                    if (predecessors.Count == 1)
                    {
                        followers.Add(new SuccessorRange(range, []));
                        continue;
                    }
                    var cut = new StreamCut(Stream, predecessors.Select(id => KeyValuePair.Create(id, 0L)));
                    var before = await RangesAsync(cut, cancellationToken).ConfigureAwait(false);
                    followers.Add(new SuccessorRange(range, [.. before.Select(p => p.Range)]));
                }
                return followers;
            }
            var current = await services.Controller.GetCurrentSegmentsAsync(Stream, cancellationToken).ConfigureAwait(false);
            if (current.Count == 0) return [];
            await Task.Delay(SuccessorPause, services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SkipAsync(Cursor cursor, PravegaTruncatedException truncated, CancellationToken cancellationToken)
    {
        if (truncated.StartOffset is { } start)
        {
            cursor.Reader.MoveTo(start);
            frontier.Advance(cursor.Reader.Segment, start);
            return;
        }
        // The whole segment is gone: it counts as read to its end.
        await EndAsync(cursor, cancellationToken).ConfigureAwait(false);
    }

    private sealed class Cursor(SegmentReader reader)
    {
        public SegmentReader Reader => reader;

        public Task<SegmentEvents>? Reading { get; set; }

        public bool IsAtEnd { get; set; }
    }
}
