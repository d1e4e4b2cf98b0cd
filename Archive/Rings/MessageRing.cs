using Weir.Streams;

namespace Weir.Archive;

/// <summary>
/// The newest messages of an exchange in memory: a window over its stream, in pages of blocks. The older part of it
/// may be in the archive's files as well; the younger part is not yet, and nothing of it leaves unless it is dropped.
/// </summary>
/// <remarks>One feeder appends and drops, one archiver cuts from the front, any number read. All members lock for a moment.</remarks>
internal sealed class MessageRing(RingOptions options)
{
    private readonly Lock gate = new();
    private readonly List<RingPage> pages = [];
    private RingOptions options = options;
    private int archivedPages;
    private RingSize total;
    private RingSize archived;
    private StreamPosition? end;
    private bool isFull;

    /// <summary>Takes over new limits; what is beyond them leaves as soon as it is archived.</summary>
    public void Apply(RingOptions newOptions)
    {
        lock (gate) options = newOptions;
    }

    /// <summary>Takes a block in, if there is room or can be made by letting go of what is archived.</summary>
    /// <returns>False where what is there must be archived first.</returns>
    public bool TryAppend(in RingBlock block)
    {
        lock (gate)
        {
            // A block larger than the whole ring is let in alone, or nothing would ever go on.
            while (total.Messages > 0
                && (total.Messages + block.Messages > options.Capacity || total.Bytes + block.Cost > options.MaxBytes))
            {
                if (!TryDropPage())
                {
                    isFull = true;
                    return false;
                }
            }
            isFull = false;
            if (pages.Count == 0 || !pages[^1].Takes(block, options)) pages.Add(new RingPage());
            pages[^1].Add(block);
            total += RingSize.Of(block);
            end = block.Next;
            return true;
        }
    }

    /// <summary>Whether a block waits outside until more is archived.</summary>
    public bool IsFull
    {
        get { lock (gate) return isFull; }
    }

    /// <summary>Everything before this position of the stream is in files, or was dropped; null while nothing has come.</summary>
    public StreamPosition? DoneTo
    {
        get { lock (gate) return archivedPages < pages.Count ? pages[archivedPages].Blocks[0].Position : end; }
    }

    /// <summary>What is not archived yet, and the oldest block of it.</summary>
    public (RingSize Size, RingBlock? Oldest) Unarchived()
    {
        lock (gate) return (total - archived, archivedPages < pages.Count ? pages[archivedPages].Blocks[0] : null);
    }

    /// <summary>All that is here, with the oldest and the newest key.</summary>
    public (RingSize Size, MessageKey? Oldest, MessageKey? Newest) Contents()
    {
        lock (gate)
        {
            return pages.Count == 0
                ? (total, null, null)
                : (total, pages[0].First, pages[^1].Last);
        }
    }

    /// <summary>
    /// The oldest blocks that are not archived: as many as stay within the limits, but at least one. They stay here
    /// until <see cref="Archived"/> or <see cref="Release"/>.
    /// </summary>
    public IReadOnlyList<RingBlock> Cut(long maxMessages, long maxBytes)
    {
        lock (gate)
        {
            List<RingBlock> cut = [];
            var size = default(RingSize);
            for (var number = archivedPages; number < pages.Count; number++)
            {
                var page = pages[number];
                for (var i = 0; i < page.Count; i++)
                {
                    var more = size + RingSize.Of(page.Blocks[i]);
                    if (cut.Count > 0 && (more.Messages > maxMessages || more.Bytes > maxBytes))
                    {
                        if (i == 0) return cut;
                        pages.Insert(number + 1, page.SplitAfter(i));
                        page.State = RingPageState.Writing;
                        return cut;
                    }
                    size = more;
                    cut.Add(page.Blocks[i]);
                }
                page.State = RingPageState.Writing;
            }
            return cut;
        }
    }

    /// <summary>
    /// Says that of what was cut all blocks up to a key are archived now; the others wait again. Too many and too old
    /// blocks leave.
    /// </summary>
    /// <returns>What is archived now and was not before.</returns>
    public (long Messages, long Bytes) Archived(MessageKey upTo)
    {
        lock (gate)
        {
            long messages = 0, bytes = 0;
            for (; archivedPages < pages.Count && pages[archivedPages] is { State: RingPageState.Writing } page; archivedPages++)
            {
                var done = CountUpTo(page, upTo);
                if (done == 0) break;
                if (done < page.Count) pages.Insert(archivedPages + 1, page.SplitAfter(done));
                page.State = RingPageState.Archived;
                archived += page.Size;
                foreach (ref readonly var block in page.Blocks) (messages, bytes) = (messages + block.Messages, bytes + block.Bytes.Length);
            }
            WaitAgain();
            while ((total.Messages > options.Capacity || total.Bytes > options.MaxBytes) && TryDropPage())
            {
            }
            isFull = false;
            return (messages, bytes);
        }
    }

    /// <summary>Says that nothing came of a cut.</summary>
    public void Release()
    {
        lock (gate) WaitAgain();
    }

    /// <summary>Lets go of the oldest messages that have no file, and of which none is being written.</summary>
    /// <param name="messages">How many at least, if there are as many.</param>
    /// <param name="declare">Told of each block before it leaves.</param>
    /// <returns>How many went, and the bytes of their blocks.</returns>
    public (long Messages, long Bytes) DropOldest(long messages, Action<RingBlock> declare)
    {
        lock (gate)
        {
            long dropped = 0, bytes = 0;
            var number = pages.FindIndex(archivedPages, static page => page.State == RingPageState.Waiting);
            while (number >= 0 && number < pages.Count && dropped < messages)
            {
                var page = pages[number];
                var block = page.Blocks[0];
                declare(block);
                page.DropFirst();
                total -= RingSize.Of(block);
                (dropped, bytes) = (dropped + block.Messages, bytes + block.Bytes.Length);
                if (page.Count == 0) pages.RemoveAt(number);
            }
            if (dropped > 0) isFull = false;
            return (dropped, bytes);
        }
    }

    /// <summary>Lets go of archived pages whose newest message is older than a time.</summary>
    public void DropOlderThan(long micros)
    {
        lock (gate)
        {
            while (pages.Count > 0 && pages[0].Last.TimestampMicros < micros && TryDropPage())
            {
            }
        }
    }

    /// <summary>
    /// The pages that may hold keys from <paramref name="from"/> on, and the oldest key of the ring (null where it is
    /// empty): files answer below that key, the ring from it on.
    /// </summary>
    public (MessageKey? Oldest, IReadOnlyList<RingPageView> Pages) Snapshot(MessageKey from)
    {
        lock (gate)
        {
            if (pages.Count == 0) return (null, []);
            int low = 0, high = pages.Count - 1;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (pages[middle].Last < from) low = middle + 1;
                else high = middle;
            }
            var views = new RingPageView[pages.Count - low];
            for (var i = 0; i < views.Length; i++) views[i] = pages[low + i].View();
            return (pages[0].First, views);
        }
    }

    private static int CountUpTo(RingPage page, MessageKey key)
    {
        var count = 0;
        while (count < page.Count && page.Blocks[count].Last <= key) count++;
        return count;
    }

    private void WaitAgain()
    {
        for (var number = archivedPages; number < pages.Count && pages[number].State == RingPageState.Writing; number++)
            pages[number].State = RingPageState.Waiting;
    }

    private bool TryDropPage()
    {
        if (archivedPages == 0) return false;
        var page = pages[0];
        pages.RemoveAt(0);
        archivedPages--;
        total -= page.Size;
        archived -= page.Size;
        return true;
    }
}
