using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Providers.Streams.Common;

/// <summary>A place in a <see cref="SimpleQueueCache"/>; what it is at and what comes after stays in the cache.</summary>
public class SimpleQueueCacheCursor : IQueueCacheCursor
{
    private readonly SimpleQueueCache _cache;
    private readonly StreamId _streamId;
    private SimpleQueueCache.Entry? _entry;
    private StreamSequenceToken? _awaited;
    private IBatchContainer? _current;
    private bool _isAtUnreadEntry;

    /// <summary>A cursor over the batches of a stream, at no place yet.</summary>
    public SimpleQueueCacheCursor(SimpleQueueCache cache, StreamId streamId, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(cache);
        _cache = cache;
        _streamId = streamId;
    }

    /// <inheritdoc/>
    public virtual IBatchContainer GetCurrent(out Exception? exception)
    {
        exception = null;
        return _current!;
    }

    /// <inheritdoc/>
    public virtual bool MoveNext()
    {
        while (_entry is not null)
        {
            var next = _isAtUnreadEntry ? _entry : _cache.After(_entry);
            if (next is null)
            {
                WaitFor(null);
                break;
            }

            Put(next);
            _isAtUnreadEntry = false;
            if (next.Batch.StreamId != _streamId) continue;
            _current = next.Batch;
            return true;
        }

        _current = null;
        return false;
    }

    /// <inheritdoc/>
    public virtual void Refresh(StreamSequenceToken sequenceToken)
    {
        if (_entry is null) _cache.Place(this, _awaited ?? sequenceToken);
    }

    /// <inheritdoc/>
    public void RecordDeliveryFailure()
    {
        if (_entry is not null && _current is not null) _entry.HasFailed = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Place and stream.</summary>
    public override string ToString() =>
        $"cursor of {_streamId} at {_entry?.Batch.SequenceToken ?? _awaited}";

    /// <summary>Leaves the cache.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        WaitFor(null);
        _current = null;
    }

    /// <summary>Puts the cursor at a batch that is to be read.</summary>
    internal void Put(SimpleQueueCache.Entry entry)
    {
        entry.Bucket.Cursors++;
        Leave();
        _entry = entry;
        _awaited = null;
        _isAtUnreadEntry = true;
    }

    /// <summary>Puts the cursor after the newest batch, to go on at a place; null for the next batch of its stream.</summary>
    internal void WaitFor(StreamSequenceToken? token)
    {
        Leave();
        _entry = null;
        _awaited = token;
    }

    private void Leave()
    {
        if (_entry is not null) _entry.Bucket.Cursors--;
    }
}
