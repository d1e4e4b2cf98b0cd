using System.Runtime.CompilerServices;

namespace Weir.Archive;

/// <summary>
/// Answers queries from files, ring and stream, in this order, which is key order: files below the oldest key of the
/// ring, the ring from there on, and what the ring could not take in yet from the stream itself.
/// </summary>
internal sealed class ExchangeQueries(
    ExchangeIntake intake, ExchangeFeeder feeder, MessageRing ring, ArchiveCatalog catalog, GapList gaps, ArchiveReader reader,
    StreamTail tail, SchemaBook schemas)
{
    public async Task<MessagePage> PageAsync(MessageQuery query, CancellationToken cancellationToken)
    {
        query.Validate();
        var window = KeyWindow.Of(query);
        var page = new PageBuilder(query.Limit, query.MaxBytes);
        if (query.Backwards) await VisitBackwardsAsync(window, page, query.Limit, cancellationToken);
        else
        {
            await VisitAsync(
                window,
                (entry, upTo) => reader.ReadAsync(entry, window, upTo, page, backwards: false, cancellationToken),
                (block, scope) => BlockScan.Read(block, scope, page),
                () => page.IsFull,
                cancellationToken);
        }
        var next = page.IsFull ? page.Last : null;
        var schema = schemas.Current;
        return new MessagePage(page.WithValues(schema), next, GapsIn(window, query, next))
        {
            Columns = schema is null ? [] : PayloadValues.Columns(schema),
        };
    }

    /// <summary>All of a range, a page at a time; no more than a page is in memory.</summary>
    public async IAsyncEnumerable<MessagePage> PagesAsync(MessageQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var ask = query; ;)
        {
            var page = await PageAsync(ask, cancellationToken);
            yield return page;
            if (page.Next is not { } next) yield break;
            ask = ask with { After = next };
        }
    }

    public async Task<MessageCount> CountAsync(MessageQuery query, CancellationToken cancellationToken)
    {
        query.Validate();
        var window = KeyWindow.Of(query);
        var count = 0L;
        await VisitAsync(
            window,
            async (entry, upTo) => count += await reader.CountAsync(entry, window, upTo, cancellationToken),
            (block, scope) =>
            {
                count += BlockScan.Count(block, scope);
                return true;
            },
            static () => false,
            cancellationToken);
        return new MessageCount(count, GapsIn(window, query, next: null));
    }

    /// <summary>The oldest key that the ring answers for; null where files and stream have everything.</summary>
    public async Task<MessageKey?> RingFromAsync(CancellationToken cancellationToken)
    {
        await feeder.WaitAsync(intake.AcceptedTo, cancellationToken);
        return ring.Contents().Oldest;
    }

    /// <summary>The whole history of a window as it is now: files, which stay until it is disposed, and blocks of what has none.</summary>
    public async Task<HeldHistory> HoldAsync(KeyWindow window, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (accepted, fed, _, pages) = await LookAsync(window.First, cancellationToken);
            List<RingBlock> blocks = [];
            foreach (var page in pages) blocks.AddRange(page.Blocks.Span);
            if (fed < accepted && !await tail.VisitAsync(fed, accepted, block => Keep(blocks, block), cancellationToken)) continue;
            // Files after the blocks: what has left the ring since is in files, and what is in both is told apart by its key.
            var archived = catalog.Totals.Last ?? default;
            return new HeldHistory(catalog.Hold(window.First, window.Last < archived ? window.Last : archived), blocks, archived);
        }
    }

    private static bool Keep(List<RingBlock> blocks, RingBlock block)
    {
        blocks.Add(block);
        return true;
    }

    private async Task VisitAsync(
        KeyWindow window, Func<ArchiveEntry, MessageKey, Task> visitFile, Func<RingBlock, KeyWindow, bool> visitBlock,
        Func<bool> isDone, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Once, but for the rare case that the stream's tail was archived while the files were read.
        while (!window.IsEmpty)
        {
            var (accepted, fed, oldest, pages) = await LookAsync(window.First, cancellationToken);
            var upTo = window.LastBefore(oldest);
            var inFiles = catalog.Totals.Last;
            var files = catalog.Hold(window.First, upTo);
            try
            {
                foreach (var file in files)
                {
                    await VisitFileAsync(file, upTo, visitFile);
                    if (isDone()) return;
                }
            }
            finally
            {
                foreach (var file in files) file.Release();
            }

            foreach (var page in pages)
            {
                if (!VisitBlocks(page.Blocks.Span, window, visitBlock)) return;
            }
            if (fed >= accepted) return;
            var seen = pages.Count > 0 ? pages[^1].Blocks.Span[^1].Last : inFiles ?? default;
            var beyond = window.Beyond(seen);
            var isWhole = await tail.VisitAsync(
                fed, accepted,
                block =>
                {
                    seen = block.Last;
                    return visitBlock(block, beyond);
                },
                cancellationToken);
            if (isWhole || isDone()) return;
            window = window.Beyond(seen);
        }
    }

    private async Task VisitBackwardsAsync(KeyWindow window, PageBuilder page, int limit, CancellationToken cancellationToken)
    {
        while (!window.IsEmpty)
        {
            var (accepted, fed, oldest, pages) = await LookAsync(window.First, cancellationToken);
            var seen = pages.Count > 0 ? pages[^1].Blocks.Span[^1].Last : catalog.Totals.Last ?? default;
            var newest = new NewestBlocks(window.Beyond(seen), limit);
            var files = catalog.Hold(window.First, window.LastBefore(oldest));
            try
            {
                if (fed < accepted && !await tail.VisitAsync(fed, accepted, newest.Add, cancellationToken)) continue;
                foreach (var block in newest.Backwards())
                {
                    if (!BlockScan.ReadBackwards(block, newest.Window, page)) return;
                }
                for (var i = pages.Count - 1; i >= 0; i--)
                {
                    for (var at = pages[i].Blocks.Length - 1; at >= 0; at--)
                    {
                        if (!BlockScan.ReadBackwards(pages[i].Blocks.Span[at], window, page)) return;
                    }
                }
                var upTo = window.LastBefore(oldest);
                foreach (var file in files.Reverse())
                {
                    await VisitFileAsync(file, upTo, (entry, last) => reader.ReadAsync(entry, window, last, page, backwards: true, cancellationToken));
                    if (page.IsFull) return;
                }
                return;
            }
            finally
            {
                foreach (var file in files) file.Release();
            }
        }
    }

    // Everything accepted before a query began is to be seen. Ring before files: what leaves the ring after this moment is
    // still in the pages held here, and what left before is in the files.
    private async Task<Sight> LookAsync(MessageKey from, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var accepted = intake.AcceptedTo;
        await feeder.WaitAsync(accepted, cancellationToken);
        var fed = feeder.FedTo;
        var (oldest, pages) = ring.Snapshot(from);
        return new Sight(accepted, fed, oldest, pages);
    }

    private async Task VisitFileAsync(ArchiveEntry file, MessageKey upTo, Func<ArchiveEntry, MessageKey, Task> visit)
    {
        if (catalog.IsUnreadable(file)) return;
        try
        {
            await visit(file, upTo);
        }
        catch (ArchiveFileException damage)
        {
            catalog.SetAside(file, damage);
        }
    }

    private static bool VisitBlocks(ReadOnlySpan<RingBlock> blocks, KeyWindow window, Func<RingBlock, KeyWindow, bool> visit)
    {
        foreach (ref readonly var block in blocks)
        {
            if (block.First > window.Last || !visit(block, window)) return false;
        }
        return true;
    }

    // A gap that began on an earlier page was told there.
    private IReadOnlyList<MessageGap> GapsIn(KeyWindow window, MessageQuery query, MessageKey? next)
    {
        if (window.IsEmpty) return [];
        return query.Backwards
            ? [.. Missing(next ?? window.First, window.Last).Where(gap => query.After is null || gap.Last < query.After).Reverse()]
            : [.. Missing(window.First, next ?? window.Last).Where(gap => query.After is null || gap.First > query.After)];
    }

    private IEnumerable<MessageGap> Missing(MessageKey first, MessageKey last) =>
        gaps.Between(first, last).Concat(catalog.Unreadable(first, last)).OrderBy(gap => gap.First);

    private readonly record struct Sight(
        Streams.StreamPosition Accepted, Streams.StreamPosition Fed, MessageKey? Oldest, IReadOnlyList<RingPageView> Pages);
}

/// <summary>The newest blocks of a stream's tail, as many as a page going backwards may need.</summary>
internal sealed class NewestBlocks(KeyWindow window, int limit)
{
    private readonly Queue<(RingBlock Block, long Messages)> blocks = new();
    private long messages;

    public KeyWindow Window => window;

    public bool Add(RingBlock block)
    {
        var count = BlockScan.Count(block, window);
        if (count == 0) return true;
        blocks.Enqueue((block, count));
        messages += count;
        // One more than the page tells whether there is a next.
        while (messages - blocks.Peek().Messages > limit) messages -= blocks.Dequeue().Messages;
        return true;
    }

    public IEnumerable<RingBlock> Backwards() => blocks.Reverse().Select(entry => entry.Block);
}

/// <summary>A history as it was at one moment.</summary>
/// <param name="Files">Files, oldest first; they stay on disk until this is disposed.</param>
/// <param name="Blocks">Blocks of the ring and the stream; those up to <paramref name="Archived"/> are in files as well.</param>
/// <param name="Archived">The newest key in files.</param>
internal sealed record HeldHistory(IReadOnlyList<ArchiveEntry> Files, IReadOnlyList<RingBlock> Blocks, MessageKey Archived) : IDisposable
{
    public void Dispose()
    {
        foreach (var file in Files) file.Release();
    }
}
