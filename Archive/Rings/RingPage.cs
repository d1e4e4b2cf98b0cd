namespace Weir.Archive;

/// <summary>Messages and bytes, counted together.</summary>
internal readonly record struct RingSize(long Messages, long Bytes)
{
    public static RingSize Of(in RingBlock block) => new(block.Messages, block.Cost);

    public static RingSize operator +(RingSize left, RingSize right) => new(left.Messages + right.Messages, left.Bytes + right.Bytes);

    public static RingSize operator -(RingSize left, RingSize right) => new(left.Messages - right.Messages, left.Bytes - right.Bytes);
}

/// <summary>How far a page has got on its way into a file. Pages of a ring are archived first, then being written, then waiting.</summary>
internal enum RingPageState
{
    /// <summary>It has no file.</summary>
    Waiting,

    /// <summary>A file is being written of it, so it must stay.</summary>
    Writing,

    /// <summary>A file has it as well.</summary>
    Archived,
}

/// <summary>Blocks that leave the ring together. Blocks are only ever added behind, so a view of it stays true.</summary>
internal sealed class RingPage
{
    private const int MaxBlocks = 128;
    // The ring lets go of pages, so a page is a small part of what the ring may hold.
    private const int PagesInRing = 8;

    private readonly RingBlock[] blocks;
    private int start;
    private int end;
    private bool isClosed;

    public RingPage() => blocks = new RingBlock[MaxBlocks];

    private RingPage(ReadOnlySpan<RingBlock> content)
    {
        blocks = new RingBlock[MaxBlocks];
        content.CopyTo(blocks);
        end = content.Length;
        foreach (ref readonly var block in content) Size += RingSize.Of(block);
    }

    public RingPageState State { get; set; }

    public int Count => end - start;

    public RingSize Size { get; private set; }

    public MessageKey First => blocks[start].First;

    public MessageKey Last => blocks[end - 1].Last;

    public ReadOnlySpan<RingBlock> Blocks => blocks.AsSpan(start, Count);

    public RingPageView View() => new(blocks.AsMemory(start, Count));

    /// <summary>Whether a block belongs on this page rather than on the next.</summary>
    public bool Takes(in RingBlock block, RingOptions limits)
    {
        if (isClosed || end == MaxBlocks || State != RingPageState.Waiting) return false;
        var size = Size + RingSize.Of(block);
        return size.Messages <= limits.Capacity / PagesInRing
            && size.Bytes <= limits.MaxBytes / PagesInRing
            && (limits.MaxAge is not { } age || block.First.TimestampMicros - First.TimestampMicros <= age.TotalMicroseconds / PagesInRing);
    }

    public void Add(in RingBlock block)
    {
        blocks[end++] = block;
        Size += RingSize.Of(block);
    }

    /// <summary>Makes a page of its own of all blocks but the first ones.</summary>
    public RingPage SplitAfter(int count)
    {
        var rest = new RingPage(Blocks[count..]) { State = State };
        Size -= rest.Size;
        end = start + count;
        // Earlier views still show what lies behind the end, so nothing may be written there.
        isClosed = true;
        return rest;
    }

    /// <summary>Lets go of the oldest block.</summary>
    public void DropFirst() => Size -= RingSize.Of(blocks[start++]);
}

/// <summary>The blocks that a page had at one moment, oldest first.</summary>
internal readonly record struct RingPageView(ReadOnlyMemory<RingBlock> Blocks);
