using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>
/// The newest batches of a queue in memory. It forgets the oldest when its bytes are used up, whether they have been
/// delivered or not: a cursor that is further behind reads them back from the store. So it is never under pressure.
/// </summary>
internal sealed class QueueWindow(QueueSource source, long maxBytes, TimeProvider time) : IQueueCache
{
    private const int MaxAdd = 1000;

    // So many streams at most are woken with one look at the queue, since for each the agent may have to ask for subscribers.
    private const int MaxWakeUps = 256;

    // A consumer may stop in the middle (its silo went, a read failed): look again now and then at all that are behind.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Deque<StreamBatchContainer> batches = new();
    private readonly Dictionary<StreamId, Deque<StreamBatchContainer>> byStream = [];
    private readonly Dictionary<StreamId, List<QueueCursor>> cursors = [];
    private readonly HashSet<StreamId> toWake = [];
    private TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamPosition first = StreamPosition.Earliest;
    private StreamPosition end = StreamPosition.Earliest;
    private StreamPosition leftBehind = StreamPosition.Latest;
    private long bytes;
    private bool isStarted;
    private long lastLook = time.GetTimestamp();

    public QueueSource Source => source;

    /// <summary>The position after the newest batch.</summary>
    public StreamPosition End
    {
        get
        {
            lock (gate) return end;
        }
    }

    /// <summary>Ends when a cursor has something to go on with.</summary>
    public Task Woken
    {
        get
        {
            lock (gate) return woken.Task;
        }
    }

    /// <summary>The receiver has found its place.</summary>
    public void Start(StreamPosition position)
    {
        lock (gate)
        {
            if (isStarted) return;
            (first, end, isStarted) = (position, position, true);
            foreach (var cursor in cursors.Values.SelectMany(own => own).Where(cursor => cursor.IsAtEnd))
                cursor.Next = cursor.DoneBefore = position;
        }
    }

    public int GetMaxAddCount() => MaxAdd;

    public bool IsUnderPressure() => false;

    public void AddToCache(IList<IBatchContainer> messages)
    {
        lock (gate)
        {
            foreach (var message in messages)
            {
                if (message is not StreamBatchContainer batch) continue;
                batches.Add(batch);
                if (!byStream.TryGetValue(batch.StreamId, out var own)) byStream.Add(batch.StreamId, own = new());
                own.Add(batch);
                bytes += batch.Bytes;
                end = batch.Next;
                if (!cursors.TryGetValue(batch.StreamId, out var waiting)) continue;
                foreach (var cursor in waiting) cursor.Arrived(batch.Position);
            }
            while (bytes > maxBytes && batches.Count > 1) RemoveFirst();
        }
    }

    // Delivery is followed by the cursors' positions, and room is made when batches are added.
    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        purgedItems = [];
        return false;
    }

    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token)
    {
        lock (gate)
        {
            var from = token is null ? null : StreamToken.From(token);
            var cursor = new QueueCursor(this, streamId, from?.Position ?? end, from?.EventIndex ?? 0)
            {
                IsAtEnd = from is null,
            };
            if (!cursors.TryGetValue(streamId, out var own)) cursors.Add(streamId, own = []);
            if (cursor.Next < first) own.Exists(cursor.TryTakeOver);
            own.Add(cursor);
            return cursor;
        }
    }

    public void Remove(QueueCursor cursor)
    {
        lock (gate)
        {
            if (!cursors.TryGetValue(cursor.StreamId, out var own) || !own.Remove(cursor)) return;
            if (own.Count == 0) cursors.Remove(cursor.StreamId);
            if (!cursor.HasRunDry && cursor.DoneBefore < leftBehind) leftBehind = cursor.DoneBefore;
        }
    }

    /// <summary>Finds the first batch of a cursor's stream in memory, from where the cursor is.</summary>
    /// <param name="cursor">The cursor; it has run dry where there is no batch.</param>
    /// <param name="batch">The batch; null where there is none.</param>
    /// <returns>False if the cursor is before the window, so that the store has to be asked.</returns>
    public bool TryFind(QueueCursor cursor, out StreamBatchContainer? batch)
    {
        batch = null;
        lock (gate)
        {
            if (!isStarted) return true;
            if (cursor.Next < first) return false;
            if (byStream.TryGetValue(cursor.StreamId, out var own))
            {
                var (low, high) = (0, own.Count);
                while (low < high)
                {
                    var middle = (low + high) >>> 1;
                    if (own[middle].Position < cursor.Next) low = middle + 1;
                    else high = middle;
                }
                if (low < own.Count)
                {
                    batch = own[low];
                    return true;
                }
            }
            if (cursor.Next < end) cursor.Next = end;
            cursor.HasRunDry = true;
            return true;
        }
    }

    /// <summary>Whether the batches from a position on are in memory.</summary>
    public bool Holds(StreamPosition position)
    {
        lock (gate) return position >= first;
    }

    /// <summary>A cursor has gone on to a batch, or to where the next may be.</summary>
    public void Moved(QueueCursor cursor, StreamPosition doneBefore)
    {
        lock (gate) cursor.DoneBefore = doneBefore;
    }

    /// <summary>A cursor of a stream can go on.</summary>
    public void Wake(StreamId streamId)
    {
        lock (gate)
        {
            toWake.Add(streamId);
            woken.TrySetResult();
        }
    }

    /// <summary>
    /// Makes the agent look at streams that it may not know: only then do subscriptions to them begin before their next event.
    /// </summary>
    public void Announce(IEnumerable<StreamId> streams)
    {
        lock (gate)
        {
            toWake.UnionWith(streams);
            if (toWake.Count > 0) woken.TrySetResult();
        }
    }

    /// <summary>What makes the agent look at the cursors that can go on.</summary>
    public IReadOnlyList<WakeUp> TakeWakeUps()
    {
        lock (gate)
        {
            if (time.GetElapsedTime(lastLook) >= LookAgainAfter)
            {
                lastLook = time.GetTimestamp();
                foreach (var (streamId, own) in cursors)
                {
                    if (own.Exists(cursor => !cursor.HasRunDry)) toWake.Add(streamId);
                }
            }
            if (toWake.Count == 0) return [];
            WakeUp[] wakeUps = [.. toWake.Take(MaxWakeUps).Select(streamId => new WakeUp(streamId, end))];
            foreach (var wakeUp in wakeUps) toWake.Remove(wakeUp.StreamId);
            if (toWake.Count == 0 && woken.Task.IsCompleted) woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return wakeUps;
        }
    }

    /// <summary>How far the slowest consumer is behind the newest batch that was read, in the store's own measure of positions.</summary>
    public long Lag
    {
        get
        {
            lock (gate) return Math.Max(0, end.Offset - Math.Max(0, SlowestOf(end).Offset));
        }
    }

    /// <summary>How far the slowest cursor has got; where there is none, how far the queue was read.</summary>
    /// <remarks>
    /// A cursor that was given up on its way counts once more: an agent that stops gives cursors up first, and what they
    /// had not come to must be there after the next start.
    /// </remarks>
    public StreamPosition TakeDoneBefore()
    {
        lock (gate)
        {
            var done = SlowestOf(leftBehind < end ? leftBehind : end);
            leftBehind = StreamPosition.Latest;
            return done;
        }
    }

    private StreamPosition SlowestOf(StreamPosition done)
    {
        foreach (var cursor in cursors.Values.SelectMany(own => own))
        {
            if (!cursor.HasRunDry && cursor.DoneBefore < done) done = cursor.DoneBefore;
        }
        return done;
    }

    private void RemoveFirst()
    {
        var oldest = batches.RemoveFirst();
        bytes -= oldest.Bytes;
        first = oldest.Next;
        var own = byStream[oldest.StreamId];
        own.RemoveFirst();
        if (own.Count == 0) byStream.Remove(oldest.StreamId);
    }
}
