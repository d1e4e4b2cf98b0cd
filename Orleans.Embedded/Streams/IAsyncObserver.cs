namespace Orleans.Streams;

/// <summary>Takes events one by one, each when the one before is done with.</summary>
public interface IAsyncObserver<in T>
{
    /// <summary>Takes the next event.</summary>
    /// <param name="item">The event.</param>
    /// <param name="token">Its place in the stream, null if the provider has none.</param>
    Task OnNextAsync(T item, StreamSequenceToken? token = null);

    /// <summary>There will be no more events.</summary>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>Events could not be delivered.</summary>
    Task OnErrorAsync(Exception ex);
}

/// <summary>Puts several events on a stream at once.</summary>
public interface IAsyncBatchProducer<T> : IAsyncObserver<T>
{
    /// <summary>Puts the events on the stream as one batch.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="token">The place in the stream, null where the provider gives it.</param>
    Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null);
}

/// <summary>Takes events in batches.</summary>
public interface IAsyncBatchObserver<T>
{
    /// <summary>Takes the next events.</summary>
    Task OnNextAsync(IList<SequentialItem<T>> items);

    /// <summary>There will be no more events.</summary>
    Task OnCompletedAsync() => Task.CompletedTask;

    /// <summary>Events could not be delivered.</summary>
    Task OnErrorAsync(Exception ex);
}

/// <summary>An event with its place in the stream.</summary>
public class SequentialItem<T>(T item, StreamSequenceToken token)
{
    /// <summary>The event.</summary>
    public T Item { get; } = item;

    /// <summary>Its place in the stream.</summary>
    public StreamSequenceToken Token { get; } = token;
}
