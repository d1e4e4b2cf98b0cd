using Weir.Pravega;
// Orleans has one of that name.
using TableVersion = Weir.Pravega.TableVersion;

namespace Weir.Streams.Pravega.Shared;

/// <summary>
/// The order in which a queue has read the segments that have keys of its range, kept in a table segment. While a stream
/// has several segments, nothing says which of two events in different segments came first; so a reader that comes to
/// something new writes down, under a version, where it goes on, and only then hands it out. Whoever reads the queue again
/// does so in the same order, and a position in it is a number.
/// </summary>
/// <remarks>
/// The entry <c>order</c> has the end, an entry <c>order/n</c> a chunk of runs. Two readers that come to the end at once
/// write under the same version, so that one of them is told, and goes on with what the other has written.
/// Safe for many callers at once.
/// </remarks>
internal sealed class QueueOrder(TableSegment table, StreamName name, ScopedStream stream, double low, double high)
{
    private static readonly byte[] EndKey = OrderText.KeyOf("order");

    public StreamName Name => name;

    public ScopedStream Stream => stream;

    public double Low => low;

    public double High => high;

    /// <summary>Makes it, beginning at the stream's oldest events; leaves it as it is where it is there.</summary>
    /// <exception cref="StreamStoreException">The queue was made with another range.</exception>
    public async Task<bool> CreateAsync(Func<Task<StreamCut>> head, CancellationToken cancellationToken)
    {
        await table.CreateAsync(cancellationToken).ConfigureAwait(false);
        if (await IsThereAsync(cancellationToken).ConfigureAwait(false)) return false;
        var cut = await head().ConfigureAwait(false);
        var first = new OrderChunk(0, 0, cut, []);
        var end = new OrderEnd(0, first, cut, 0, TableVersion.NotThere);
        try
        {
            await table.PutAsync([EndEntry(end), ChunkEntry(first)], cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PravegaConflictException)
        {
            return false;
        }
    }

    /// <summary>Whether it was made.</summary>
    /// <exception cref="StreamStoreException">The queue was made with another range.</exception>
    public async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await table.GetAsync(EndKey, cancellationToken).ConfigureAwait(false) is not { } entry) return false;
            CheckRange(OrderText.RangeOf(entry.Value.Span));
            return true;
        }
        catch (PravegaNotFoundException)
        {
            return false;
        }
    }

    /// <summary>How far the order goes just now; null where the queue is not there.</summary>
    public async Task<OrderEnd?> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (await table.GetAsync(EndKey, cancellationToken).ConfigureAwait(false) is not { } entry) return null;
                var (first, last, given, position, cut) = OrderText.ReadEnd(stream, entry.Value.Span);
                // Written on, and maybe given up, between the two reads.
                if (await ChunkAsync(last, cancellationToken).ConfigureAwait(false) is not { } chunk || chunk.End != position) continue;
                return new OrderEnd(first, chunk, cut, given, entry.Version);
            }
        }
        catch (PravegaNotFoundException)
        {
            return null;
        }
    }

    /// <summary>How far the order goes just now, and its oldest chunk; null where the queue is not there.</summary>
    public async Task<(OrderEnd End, OrderChunk First)?> LoadWithFirstAsync(CancellationToken cancellationToken)
    {
        while (await LoadAsync(cancellationToken).ConfigureAwait(false) is { } end)
        {
            var first = end.First == end.Last.Number ? end.Last : await ChunkAsync(end.First, cancellationToken).ConfigureAwait(false);
            // Given up between the two reads.
            if (first is not null) return (end, first);
        }
        return null;
    }

    /// <summary>
    /// The chunk that a position lies in, and for what was given up the oldest that is left. Null where the end is not the
    /// present one, and the chunk was given up since.
    /// </summary>
    public async Task<OrderChunk?> ChunkOfAsync(OrderEnd end, OrderChunk? near, long position, CancellationToken cancellationToken)
    {
        if (near is not null && position >= near.Start && position < near.End) return near;
        if (position >= end.Last.Start || end.First == end.Last.Number) return end.Last;
        if (near is not null && near.Number >= end.First && near.Number + 1 < end.Last.Number && position >= near.End)
        {
            if (await ChunkAsync(near.Number + 1, cancellationToken).ConfigureAwait(false) is not { } next) return null;
            if (position < next.End) return next;
        }
        // The last that begins at or before it.
        var (from, to) = (end.First, end.Last.Number - 1);
        while (from < to)
        {
            var middle = from + (to - from + 1) / 2;
            if (await ChunkAsync(middle, cancellationToken).ConfigureAwait(false) is not { } chunk) return null;
            if (chunk.Start <= position) from = middle;
            else to = middle - 1;
        }
        return await ChunkAsync(from, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes down what comes next. Null where somebody else has written since.</summary>
    /// <param name="end">The end as it is known.</param>
    /// <param name="run">What comes next.</param>
    /// <param name="cut">Where to read on after it.</param>
    /// <param name="chunkBytes">A chunk is closed when it has so many.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<OrderEnd?> TryExtendAsync(OrderEnd end, OrderRun run, StreamCut cut, long chunkBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var chunk = end.Last.Accepts(run, chunkBytes)
                ? end.Last.With(run)
                : new OrderChunk(end.Last.Number + 1, end.Last.End, end.Cut, [run]);
            var extended = end with { Last = chunk, Cut = cut };
            try
            {
                var versions = await table.PutAsync([EndEntry(extended), ChunkEntry(chunk)], cancellationToken).ConfigureAwait(false);
                return extended with { Version = versions[0] };
            }
            catch (PravegaConflictException)
            {
                var now = await LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw new StreamNotFoundException(name);
                // Something was given up at its beginning, which changes nothing here.
                if (now.Last.End != end.Last.End || !now.Cut.Equals(end.Cut)) return null;
                end = now;
            }
        }
    }

    /// <summary>
    /// Gives up the chunks before a position, and those behind them that have no event of this queue. The last one stays.
    /// </summary>
    /// <returns>From where the queue still needs the stream.</returns>
    public async Task<StreamCut> GiveUpAsync(long before, CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = await LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw new StreamNotFoundException(name);
            var given = Math.Max(end.Given, Math.Min(before, end.Last.End));
            var first = await OfAsync(end.First).ConfigureAwait(false);
            while (first is not null && first.Number < end.Last.Number && (first.End <= given || first.IsForeignFrom(given)))
                first = await OfAsync(first.Number + 1).ConfigureAwait(false);
            // Another has given up more meanwhile.
            if (first is null) continue;
            var needed = first.Number == end.Last.Number && (first.End <= given || first.IsForeignFrom(given)) ? end.Cut : first.Cut;
            if (first.Number == end.First && given == end.Given) return needed;
            try
            {
                await table.PutAsync([EndEntry(end with { First = first.Number, Given = given })], cancellationToken).ConfigureAwait(false);
            }
            catch (PravegaConflictException)
            {
                continue;
            }
            // Nobody finds them any more; what a failure leaves here is in nobody's way.
            for (var number = end.First; number < first.Number; number++)
                await table.RemoveAsync(OrderText.KeyOf(number), TableVersion.Any, cancellationToken).ConfigureAwait(false);
            return needed;

            async ValueTask<OrderChunk?> OfAsync(long number) =>
                number == end.Last.Number ? end.Last : await ChunkAsync(number, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<OrderChunk?> ChunkAsync(long number, CancellationToken cancellationToken) =>
        await table.GetAsync(OrderText.KeyOf(number), cancellationToken).ConfigureAwait(false) is { } entry
            ? OrderText.ReadChunk(stream, number, entry.Value.Span)
            : null;

    private TableEntry EndEntry(OrderEnd end) => new(EndKey, OrderText.Write(end, low, high), end.Version);

    private static TableEntry ChunkEntry(OrderChunk chunk) => new(OrderText.KeyOf(chunk.Number), OrderText.Write(chunk), TableVersion.Any);

    private void CheckRange((double Low, double High) there)
    {
        if (there.Low.Equals(low) && there.High.Equals(high)) return;
        throw new StreamStoreException(
            $"The queue '{name}' was made for the keys from {there.Low} to {there.High}, but is to have those from {low} to {high}: the number of queues "
            + "that share a stream cannot change. Take the former number, or another name for the provider.");
    }
}
