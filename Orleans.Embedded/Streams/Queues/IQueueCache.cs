using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Says how many batches may be read.</summary>
public interface IQueueFlowController
{
    /// <summary>The greatest count; 0 for none now, -1 for no limit.</summary>
    int GetMaxAddCount();
}

/// <summary>Holds the batches of one queue until all consumers have had them. Called by one agent.</summary>
public interface IQueueCache : IQueueFlowController
{
    /// <summary>Adds batches that were just read.</summary>
    void AddToCache(IList<IBatchContainer> messages);

    /// <summary>Removes batches that no consumer needs any more; false if there are none.</summary>
    bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems);

    /// <summary>A cursor over the batches of a stream.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="token">Where it begins, null for the newest batch.</param>
    /// <exception cref="QueueCacheMissException">The place is older than what the cache has.</exception>
    IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token);

    /// <summary>True if nothing should be read until consumers have caught up.</summary>
    bool IsUnderPressure();

    /// <summary>Tells how far the slowest subscription is, null if there is none; called as reading ends.</summary>
    void UpdateDeliveryProgress(StreamSequenceToken? earliestSubscriptionToken, DateTime utcNow)
    {
    }
}

/// <summary>One consumer's place in a cache.</summary>
public interface IQueueCacheCursor : IDisposable
{
    /// <summary>The batch at the cursor, or the error of reading it.</summary>
    IBatchContainer GetCurrent(out Exception? exception);

    /// <summary>Goes on to the next batch; false if there is none yet.</summary>
    bool MoveNext();

    /// <summary>New batches have come, the first of them at that place.</summary>
    void Refresh(StreamSequenceToken token);

    /// <summary>The batch at the cursor could not be delivered.</summary>
    void RecordDeliveryFailure();
}

/// <summary>Makes the caches of a provider's queues.</summary>
public interface IQueueAdapterCache
{
    /// <summary>The cache of a queue.</summary>
    IQueueCache CreateQueueCache(QueueId queueId);
}
