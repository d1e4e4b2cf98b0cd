namespace Orleans.Streams;

/// <summary>Gives events to subscriptions, one by one.</summary>
public interface IAsyncObservable<T>
{
    /// <summary>Subscribes the calling grain to the events from now on.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);

    /// <summary>Subscribes the calling grain.</summary>
    /// <param name="observer">Takes the events.</param>
    /// <param name="token">The place to begin at, null for now; only for rewindable streams.</param>
    /// <param name="filterData">What the provider's stream filter gets with each event.</param>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(
        IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null);
}

/// <summary>Gives events to subscriptions, in batches.</summary>
public interface IAsyncBatchObservable<T>
{
    /// <summary>Subscribes the calling grain to the events from now on.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer);

    /// <summary>Subscribes the calling grain.</summary>
    /// <param name="observer">Takes the events.</param>
    /// <param name="token">The place to begin at, null for now; only for rewindable streams.</param>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token);
}
