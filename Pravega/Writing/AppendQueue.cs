namespace Weir.Pravega.Writing;

/// <summary>
/// What is to be stored in one segment, in order, and how much of it is: the rule by which each event is stored exactly
/// once. A pure state machine; its owner sees to it that one caller is in it at a time.
/// </summary>
/// <remarks>
/// The segment store does not leave repeats out: an event that is sent again though it is stored is stored twice. So after
/// a lost connection everything up to the number that the store names is taken as stored, and only the rest is sent again.
/// Blocks are stored whole, so that number is always the last of a block.
/// </remarks>
internal sealed class AppendQueue(StreamSegment segment, EventWriterOptions options, Guid writerId, AppendBlockPool pool, WriterLoad load)
{
    private const int LeastBlock = 4 << 10, WorthSending = 64 << 10;

    // Blocks in order: the first `sent` of them are on their way, the others wait.
    private readonly Queue<AppendBlock> sentBlocks = new();
    private readonly List<AppendBlock> waiting = [];
    private int waitingFrom;
    private int likelyBytes = LeastBlock;
    private long lastGiven = -1;
    private int bytesInFlight;
    private long bytesWaiting;
    private bool isConnected, hasCallersNumbers;

    /// <summary>Bytes that are sent and not acknowledged.</summary>
    public int BytesInFlight
    {
        get => bytesInFlight;
        private set
        {
            load.BytesInFlight += value - bytesInFlight;
            bytesInFlight = value;
        }
    }

    /// <summary>Bytes that are not sent yet.</summary>
    public long BytesWaiting
    {
        get => bytesWaiting;
        private set
        {
            load.BytesWaiting += value - bytesWaiting;
            bytesWaiting = value;
        }
    }

    /// <summary>
    /// Whether who adds should wait. A writer that holds much in other segments still takes a block for this one, so that a
    /// slow segment does not stop the others.
    /// </summary>
    public bool IsFull =>
        BytesWaiting > options.BytesWaiting || (load.BytesWaiting > options.WriterBytesWaiting && BytesWaiting > options.BlockBytes);

    /// <summary>Whether who waits may go on: well below what made it full, and at the latest when this queue runs dry.</summary>
    public bool HasRoomAgain =>
        BytesWaiting <= options.BytesWaiting / 2
        && (load.BytesWaiting <= options.WriterBytesWaiting || BytesWaiting <= options.BlockBytes / 2);

    /// <summary>Blocks that are sent and not acknowledged.</summary>
    public int BlocksInFlight => sentBlocks.Count;

    /// <summary>Whether all that was added is stored.</summary>
    public bool IsEmpty => sentBlocks.Count == 0 && waitingFrom == waiting.Count;

    /// <summary>The number of the last event that was added, or is known to be stored; -1 before the first.</summary>
    public long LastNumber => lastGiven;

    /// <summary>Blocks that were acknowledged so far, by which a watch sees whether anything moves.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>The segment's length after the last acknowledged block; -1 before the first.</summary>
    public long SegmentLength { get; private set; } = -1;

    /// <summary>Adds a unit and returns where its bytes go.</summary>
    /// <param name="place">The place of its key.</param>
    /// <param name="bytes">Its bytes, with the events' headers.</param>
    /// <param name="events">How many events it has.</param>
    /// <param name="completion">Who hears of it.</param>
    /// <param name="lastNumber">The writer's own number of its last event, higher than all before; null numbers on.</param>
    public Span<byte> Add(double place, int bytes, int events, IAppendCompletion? completion, long? lastNumber = null)
    {
        lastGiven = lastNumber ?? lastGiven + events;
        hasCallersNumbers |= lastNumber is not null;
        var block = waitingFrom < waiting.Count ? waiting[^1] : null;
        if (block is null || block.IsFinished || block.Bytes + bytes > options.BlockBytes)
        {
            block = pool.Take();
            waiting.Add(block);
        }
        BytesWaiting += bytes;
        return block.Add(new AppendUnit(place, bytes, events, lastGiven, completion), likelyBytes);
    }

    /// <summary>Lets a marker know when all that is here now is stored.</summary>
    public void Mark(FlushMarker marker)
    {
        if (IsEmpty) return;
        marker.Await();
        var last = waitingFrom < waiting.Count ? waiting[^1] : sentBlocks.Last();
        last.Add(new AppendUnit(0, 0, 0, 0, marker), likelyBytes);
    }

    /// <summary>
    /// The next block to send, where the windows of segment and writer have room; one block may always be on its way. A
    /// block that may still grow waits for the answer to those before it, until it is worth a frame of its own and half as
    /// large as what is in flight: so a lone event leaves at once, and under load blocks grow by themselves.
    /// </summary>
    public AppendBlock? TakeBlock(long requestId)
    {
        if (waitingFrom == waiting.Count || sentBlocks.Count >= options.BlocksInFlight) return null;
        var block = waiting[waitingFrom];
        if (sentBlocks.Count > 0
            && (BytesInFlight + block.Bytes > options.BytesInFlight || load.BytesInFlight + block.Bytes > options.WriterBytesInFlight)) return null;
        var mayGrow = !block.IsFinished && waitingFrom == waiting.Count - 1 && block.Bytes < options.BlockBytes / 2;
        if (mayGrow && sentBlocks.Count > 0 && (block.Bytes < WorthSending || block.Bytes < BytesInFlight / 2)) return null;
        block.Finish(writerId, requestId);
        waiting[waitingFrom++] = null!;
        if (waitingFrom == waiting.Count)
        {
            waiting.Clear();
            waitingFrom = 0;
        }
        sentBlocks.Enqueue(block);
        BytesInFlight += block.Bytes;
        BytesWaiting -= block.Bytes;
        likelyBytes = Math.Max(LeastBlock, Math.Min(block.Bytes + block.Bytes / 4, options.BlockBytes));
        return block;
    }

    /// <summary>The store has everything up to a number.</summary>
    /// <param name="eventNumber">The number.</param>
    /// <param name="segmentLength">The segment's length after it; -1 where it is not known.</param>
    /// <returns>How many events became stored by it.</returns>
    public int Acknowledge(long eventNumber, long segmentLength)
    {
        var events = 0;
        while (sentBlocks.TryPeek(out var block) && block.LastNumber <= eventNumber)
        {
            sentBlocks.Dequeue();
            BytesInFlight -= block.Bytes;
            Acknowledged++;
            events += block.Events;
            // Of the last block that is acknowledged, and of no other, the length tells where it begins.
            Complete(block, block.LastNumber == eventNumber && segmentLength >= 0 ? segmentLength - block.Bytes : -1);
        }
        if (segmentLength > SegmentLength) SegmentLength = segmentLength;
        return events;
    }

    /// <summary>A connection is made anew, and the store says what it has: that is done, the rest is sent again in the same order.</summary>
    public int Reconnected(long lastStored)
    {
        if (!isConnected && !hasCallersNumbers && lastStored >= 0)
        {
            // This writer has stored events there before: a segment that it comes to a second time, over another one that
            // was merged into it, or a writer that goes on under its id. What waits is none of those.
            foreach (var block in waiting.Skip(waitingFrom)) block.NumberOn(lastStored + 1);
            lastGiven += lastStored + 1;
        }
        isConnected = true;
        var events = Acknowledge(lastStored, -1);
        if (lastStored > lastGiven) lastGiven = lastStored;
        if (sentBlocks.Count == 0) return events;
        waiting.RemoveRange(0, waitingFrom);
        waiting.InsertRange(0, sentBlocks);
        waitingFrom = 0;
        foreach (var block in sentBlocks) BytesWaiting += block.Bytes;
        BytesInFlight = 0;
        sentBlocks.Clear();
        return events;
    }

    /// <summary>Hands over, in order, all that is not stored; the queue is empty then.</summary>
    public void MoveTo(IAppendReceiver receiver)
    {
        foreach (var block in All())
        {
            var data = block.Data;
            foreach (ref readonly var unit in block.Units)
            {
                if (unit.Completion is FlushMarker marker) receiver.TakeMarker(marker);
                else receiver.Take(unit, data[..unit.Bytes]);
                data = data[unit.Bytes..];
            }
        }
        Reset();
    }

    /// <summary>Tells all who wait that nothing will come of it.</summary>
    public void FailAll(Exception cause)
    {
        foreach (var block in All())
        {
            foreach (ref readonly var unit in block.Units) unit.Completion?.Failed(cause);
        }
        Reset();
    }

    // These are not used again: one of them may still be on its way into a socket.
    private AppendBlock[] All() => [.. sentBlocks, .. waiting.Skip(waitingFrom)];

    private void Reset()
    {
        sentBlocks.Clear();
        waiting.Clear();
        (waitingFrom, BytesInFlight, BytesWaiting) = (0, 0, 0);
    }

    private void Complete(AppendBlock block, long offset)
    {
        if (block.HasCompletions) Tell(block, offset);
        pool.Return(block);
    }

    private void Tell(AppendBlock block, long offset)
    {
        foreach (ref readonly var unit in block.Units)
        {
            unit.Completion?.Stored(new AppendResult(segment, offset, unit.Bytes));
            if (offset >= 0) offset += unit.Bytes;
        }
    }
}

/// <summary>What all queues of a writer hold together; with the writer's lock held.</summary>
internal sealed class WriterLoad
{
    public long BytesInFlight { get; set; }

    public long BytesWaiting { get; set; }
}

/// <summary>Takes over what a sealed segment has not stored.</summary>
internal interface IAppendReceiver
{
    /// <summary>A unit with its framed bytes.</summary>
    void Take(in AppendUnit unit, ReadOnlySpan<byte> data);

    /// <summary>A marker, which is to wait for all units that came before it.</summary>
    void TakeMarker(FlushMarker marker);
}

/// <summary>Blocks that are not in use, with their memory up to a bound; with the writer's lock held.</summary>
internal sealed class AppendBlockPool
{
    private const int MostBlocks = 256;
    private const long MostBytes = 64 << 20;

    private readonly Stack<AppendBlock> free = new();
    private long bytes;

    public AppendBlock Take()
    {
        if (!free.TryPop(out var block)) return new AppendBlock();
        bytes -= block.Capacity;
        return block;
    }

    public void Return(AppendBlock block)
    {
        if (free.Count == MostBlocks || bytes + block.Capacity > MostBytes) return;
        block.Clear();
        free.Push(block);
        bytes += block.Capacity;
    }
}
