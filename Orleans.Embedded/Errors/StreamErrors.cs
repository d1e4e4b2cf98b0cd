using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Events that were asked for are not to be had any more.</summary>
public class DataNotAvailableException : OrleansException
{
    /// <summary>An error without details.</summary>
    public DataNotAvailableException() : this("Data not found")
    {
    }

    /// <summary>An error with a message.</summary>
    public DataNotAvailableException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public DataNotAvailableException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>A place was asked for that is older than what the cache has.</summary>
public sealed class QueueCacheMissException : DataNotAvailableException
{
    /// <summary>An error without details.</summary>
    public QueueCacheMissException() : this("Item is no longer in cache")
    {
    }

    /// <summary>An error with a message.</summary>
    public QueueCacheMissException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public QueueCacheMissException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>An error with the place and the bounds of the cache.</summary>
    public QueueCacheMissException(StreamSequenceToken requested, StreamSequenceToken low, StreamSequenceToken high)
        : this($"{requested}", $"{low}", $"{high}")
    {
    }

    /// <summary>An error with the place and the bounds of the cache.</summary>
    public QueueCacheMissException(string requested, string low, string high)
        : base($"Item not found in cache. Requested: {requested}, low: {low}, high: {high}")
    {
        Requested = requested;
        Low = low;
        High = high;
    }

    /// <summary>The place that was asked for.</summary>
    public string? Requested { get; }

    /// <summary>The oldest place in the cache.</summary>
    public string? Low { get; }

    /// <summary>The newest place in the cache.</summary>
    public string? High { get; }
}

/// <summary>The cache takes no more batches.</summary>
public sealed class CacheFullException : OrleansException
{
    /// <summary>An error without details.</summary>
    public CacheFullException() : this("Queue message cache is full")
    {
    }

    /// <summary>An error with a message.</summary>
    public CacheFullException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public CacheFullException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>The subscription ended at a failed delivery.</summary>
public sealed class FaultedSubscriptionException : OrleansException
{
    /// <summary>An error without details.</summary>
    public FaultedSubscriptionException() : this("Subscription is in a Faulted state.")
    {
    }

    /// <summary>An error with a message.</summary>
    public FaultedSubscriptionException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public FaultedSubscriptionException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>Events could not be delivered within the time for it.</summary>
public sealed class StreamEventDeliveryFailureException : OrleansException
{
    /// <summary>An error without details.</summary>
    public StreamEventDeliveryFailureException()
    {
    }

    /// <summary>An error with a message.</summary>
    public StreamEventDeliveryFailureException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public StreamEventDeliveryFailureException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
