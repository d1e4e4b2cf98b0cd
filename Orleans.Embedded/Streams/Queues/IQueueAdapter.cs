using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A stream provider's way to its queues. Thread-safe.</summary>
public interface IQueueAdapter
{
    /// <summary>The provider's name. It must be that name exactly, or no subscriber is found.</summary>
    string Name { get; }

    /// <summary>True if a subscription may begin at a token of the past.</summary>
    bool IsRewindable { get; }

    /// <summary>Whether events can be read, written or both.</summary>
    StreamProviderDirection Direction { get; }

    /// <summary>Puts events on the queue of a stream, as one batch.</summary>
    Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext);

    /// <summary>The reader of a queue.</summary>
    IQueueAdapterReceiver CreateReceiver(QueueId queueId);
}

/// <summary>Writing single events.</summary>
public static class QueueAdapterExtensions
{
    /// <summary>Puts one event on the queue of a stream.</summary>
    public static Task QueueMessageAsync<T>(
        this IQueueAdapter adapter, StreamId streamId, T evt, StreamSequenceToken? token,
        Dictionary<string, object>? requestContext)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        return adapter.QueueMessageBatchAsync(streamId, [evt], token, requestContext);
    }
}

/// <summary>Values of the count that a reader is asked for.</summary>
public static class QueueAdapterConstants
{
    /// <summary>As many as there are.</summary>
    public const int UNLIMITED_GET_QUEUE_MSG = -1;
}

/// <summary>The directions of a provider.</summary>
public enum StreamProviderDirection
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>Events can be read only.</summary>
    ReadOnly = 1,

    /// <summary>Events can be written only.</summary>
    WriteOnly = 2,

    /// <summary>Events can be read and written.</summary>
    ReadWrite = 3,
}

/// <summary>Makes the parts of a stream provider.</summary>
public interface IQueueAdapterFactory
{
    /// <summary>Makes the adapter; called once.</summary>
    Task<IQueueAdapter> CreateAdapter();

    /// <summary>The caches of the queues; called once, and only if the adapter can be read.</summary>
    IQueueAdapterCache GetQueueAdapterCache();

    /// <summary>Says which stream is on which queue.</summary>
    IStreamQueueMapper GetStreamQueueMapper();

    /// <summary>What is told of deliveries that failed for good.</summary>
    Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId);
}

/// <summary>Reads one queue. Called by one agent, one call at a time.</summary>
public interface IQueueAdapterReceiver
{
    /// <summary>Prepares to read. If it fails, reading is tried all the same: repeating is the reader's business.</summary>
    Task Initialize(TimeSpan timeout);

    /// <summary>The next batches, at most that many; null or empty if there are none.</summary>
    Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount);

    /// <summary>These batches have left the cache: every consumer has had them.</summary>
    Task MessagesDeliveredAsync(IList<IBatchContainer> messages);

    /// <summary>Ends reading.</summary>
    Task Shutdown(TimeSpan timeout);
}

/// <summary>
/// Events that were written together. A batch and its token travel in a call, so both classes need
/// <see cref="GenerateSerializerAttribute"/>; neither may change once read.
/// </summary>
public interface IBatchContainer
{
    /// <summary>The stream.</summary>
    StreamId StreamId { get; }

    /// <summary>The place of the batch in the stream.</summary>
    StreamSequenceToken SequenceToken { get; }

    /// <summary>The events of that type with the place of each.</summary>
    IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>();

    /// <summary>Sets the request context that the events were written with; false if there is none.</summary>
    bool ImportRequestContext();
}

/// <summary>Several batches that are delivered together.</summary>
public interface IBatchContainerBatch : IBatchContainer
{
    /// <summary>The batches.</summary>
    List<IBatchContainer> BatchContainers { get; }
}

/// <summary>Converts between batches and messages of a queue.</summary>
public interface IQueueDataAdapter<TQueueMessage>
{
    /// <summary>The message that holds these events.</summary>
    TQueueMessage ToQueueMessage<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext);
}

/// <summary>Converts between batches and messages of a queue.</summary>
public interface IQueueDataAdapter<TQueueMessage, TMessageBatch> : IQueueDataAdapter<TQueueMessage>
{
    /// <summary>The batch that a message holds.</summary>
    TMessageBatch FromQueueMessage(TQueueMessage queueMessage, long sequenceId);
}
