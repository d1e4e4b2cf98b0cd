namespace Weir.Streams.SegmentLog;

/// <summary>What a stream knows of one writer. The appender alone changes the numbers.</summary>
internal sealed class WriterState(Guid id)
{
    private long last = -1;
    private long missingFrom = long.MaxValue;

    public Guid Id => id;

    /// <summary>The number of its last stored event; -1 before the first.</summary>
    public long Last => Volatile.Read(ref last);

    /// <summary>The number that <see cref="Last"/> becomes when the batches under way are stored.</summary>
    public long Pending { get; set; } = -1;

    /// <summary>
    /// The first number of a batch that failed; batches with higher numbers wait for it to be repeated. Null in general.
    /// </summary>
    public long? MissingFrom
    {
        get => Volatile.Read(ref missingFrom) is var first and < long.MaxValue ? first : null;
        set => Volatile.Write(ref missingFrom, value ?? long.MaxValue);
    }

    /// <summary>Where its last batch lies: who wrote least lately is forgotten first.</summary>
    public long LastOffset { get; private set; } = -1;

    /// <summary>How many open writers have this id.</summary>
    public int Open { get; set; }

    public void Stored(long number, long offset)
    {
        Volatile.Write(ref last, number);
        LastOffset = offset;
    }
}

/// <summary>The writers of a stream and the number of the last stored event of each.</summary>
internal sealed class WriterTable(int capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, WriterState> writers = [];

    public WriterState Open(Guid id)
    {
        lock (gate)
        {
            var state = Get(id);
            // A caller that opens anew has read LastEventNumber, and goes on from there.
            state.MissingFrom = null;
            state.Open++;
            return state;
        }
    }

    public void Close(WriterState state)
    {
        lock (gate) state.Open--;
    }

    /// <summary>Takes over what a segment says of a writer.</summary>
    public void Recover(Guid id, long number, long offset)
    {
        lock (gate)
        {
            var state = Get(id);
            if (offset < state.LastOffset) return;
            state.Stored(number, offset);
            state.Pending = number;
        }
    }

    /// <summary>The writers that a new segment has to name, at most as many as the table may hold; forgets the others.</summary>
    public IReadOnlyList<WriterSnapshot> Snapshot()
    {
        lock (gate)
        {
            var known = writers.Values.Where(w => w.Last >= 0).OrderByDescending(w => w.LastOffset).ToList();
            foreach (var forgotten in known.Skip(capacity).Where(w => w.Open == 0)) writers.Remove(forgotten.Id);
            foreach (var silent in writers.Values.Where(w => w is { Last: < 0, Open: 0 }).ToList()) writers.Remove(silent.Id);
            return [.. known.Take(capacity).Select(w => new WriterSnapshot(w.Id, w.Last, w.LastOffset))];
        }
    }

    private WriterState Get(Guid id)
    {
        if (!writers.TryGetValue(id, out var state)) writers.Add(id, state = new WriterState(id));
        return state;
    }
}
