using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Providers.Streams.Common;

/// <summary>
/// Holds the newest batches of a queue, up to a count, until every cursor has passed them. To tell cheaply where the
/// slowest cursor is, batches lie in ten buckets which count the cursors in them; while a cursor is in the oldest of
/// ten full buckets, the cache is under pressure. Called by one agent.
/// </summary>
public class SimpleQueueCache : IQueueCache
{
    private const int Buckets = 10;

    private readonly Queue<Bucket> _buckets = new();
    private readonly List<Entry> _entries = [];
    private readonly int _capacity;
    private readonly int _bucketSize;
    private readonly ILogger _logger;
    private Bucket? _newestBucket;
    private int _purgedInList;
    private long _added;
    private StreamSequenceToken? _lastPurged;

    /// <summary>A cache of that many batches.</summary>
    public SimpleQueueCache(int cacheSize, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cacheSize, 1);
        _capacity = cacheSize;
        _bucketSize = Math.Max(cacheSize / Buckets, 1);
        _logger = logger;
    }

    /// <summary>The count of batches.</summary>
    public int Size => _entries.Count - _purgedInList;

    /// <inheritdoc/>
    public int GetMaxAddCount() => _bucketSize;

    /// <inheritdoc/>
    public virtual bool IsUnderPressure() => _buckets.Count >= Buckets || Size + _bucketSize > _capacity;

    /// <inheritdoc/>
    public virtual void AddToCache(IList<IBatchContainer> msgs)
    {
        ArgumentNullException.ThrowIfNull(msgs);
        foreach (var batch in msgs)
        {
            if (Size >= _capacity) throw new CacheFullException();
            if (_newestBucket is null || _newestBucket.Count == _bucketSize) _buckets.Enqueue(_newestBucket = new Bucket());
            _newestBucket.Count++;
            _entries.Add(new Entry(batch, _newestBucket, _added++));
        }
    }

    /// <inheritdoc/>
    public virtual bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        List<IBatchContainer>? purged = null;
        while (_buckets.TryPeek(out var oldest) && oldest.Cursors == 0)
        {
            _buckets.Dequeue();
            for (var left = oldest.Count; left > 0; left--)
            {
                var entry = _entries[_purgedInList++];
                _lastPurged = entry.Batch.SequenceToken;
                if (!entry.HasFailed) (purged ??= []).Add(entry.Batch);
            }

            if (_buckets.Count == 0) _newestBucket = null;
        }

        Compact();
        purgedItems = purged!;
        return purged is not null;
    }

    /// <inheritdoc/>
    public virtual IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token)
    {
        var cursor = new SimpleQueueCacheCursor(this, streamId, _logger);
        Place(cursor, token);
        return cursor;
    }

    /// <summary>Puts a cursor at the first batch that is not before the place; at the newest for null.</summary>
    internal void Place(SimpleQueueCacheCursor cursor, StreamSequenceToken? token)
    {
        if (Size == 0 || (token is not null && token.Newer(_entries[^1].Batch.SequenceToken)))
        {
            cursor.WaitFor(token);
            return;
        }

        if (token is null)
        {
            cursor.Put(_entries[^1]);
            return;
        }

        // What nobody has purged since is not missing, though it is before the oldest batch.
        if (token.Older(_entries[_purgedInList].Batch.SequenceToken) && _lastPurged is not null && token.Older(_lastPurged))
        {
            throw new QueueCacheMissException(
                token, _entries[_purgedInList].Batch.SequenceToken, _entries[^1].Batch.SequenceToken);
        }

        cursor.Put(_entries[IndexOf(token)]);
    }

    /// <summary>The batch after the cursor's, null if it is at the newest.</summary>
    internal Entry? After(Entry entry)
    {
        var fromEnd = _added - entry.Position - 1;
        return fromEnd > 0 ? _entries[^(int)fromEnd] : null;
    }

    private int IndexOf(StreamSequenceToken token)
    {
        int low = _purgedInList, high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Batch.SequenceToken.Older(token)) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void Compact()
    {
        // Moving the rest costs as much as it frees.
        if (_purgedInList < _entries.Count - _purgedInList) return;
        _entries.RemoveRange(0, _purgedInList);
        _purgedInList = 0;
    }

    internal sealed class Bucket
    {
        public int Count { get; set; }

        public int Cursors { get; set; }
    }

    internal sealed class Entry(IBatchContainer batch, Bucket bucket, long position)
    {
        /// <summary>How many batches were added before it.</summary>
        public long Position { get; } = position;

        public IBatchContainer Batch { get; } = batch;

        public Bucket Bucket { get; } = bucket;

        public bool HasFailed { get; set; }
    }
}
