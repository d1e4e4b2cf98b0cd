using Orleans.Streams;

namespace Orleans.Configuration;

/// <summary>The queues of a provider; named options under the provider's name.</summary>
public class HashRingStreamQueueMapperOptions
{
    /// <summary>The default count of queues.</summary>
    public const int DEFAULT_NUM_QUEUES = 8;

    /// <summary>The count of queues, at least 1. It fixes which stream is on which queue.</summary>
    public int TotalQueueCount { get; set; } = DEFAULT_NUM_QUEUES;
}

/// <summary>The cache of a provider's queues; named options under the provider's name.</summary>
public class SimpleQueueCacheOptions
{
    /// <summary>The default size.</summary>
    public const int DEFAULT_CACHE_SIZE = 4096;

    /// <summary>The greatest count of batches, at least 1.</summary>
    public int CacheSize { get; set; } = DEFAULT_CACHE_SIZE;
}

/// <summary>When a provider starts; named options under the provider's name.</summary>
public class StreamLifecycleOptions
{
    /// <summary>The default stage for making the adapter.</summary>
    public const int DEFAULT_INIT_STAGE = ServiceLifecycleStage.ApplicationServices;

    /// <summary>The default stage for starting to read.</summary>
    public const int DEFAULT_START_STAGE = ServiceLifecycleStage.Active;

    /// <summary>The default state after the start.</summary>
    public const RunState DEFAULT_STARTUP_STATE = RunState.AgentsStarted;

    /// <summary>The states of a provider.</summary>
    public enum RunState
    {
        /// <summary>Not set up.</summary>
        None = 0,

        /// <summary>Set up, and never reading.</summary>
        Initialized = 1,

        /// <summary>Reading.</summary>
        AgentsStarted = 2,

        /// <summary>Not reading until it is told to.</summary>
        AgentsStopped = 3,
    }

    /// <summary>The stage for making the adapter.</summary>
    public int InitStage { get; set; } = DEFAULT_INIT_STAGE;

    /// <summary>The stage for starting to read.</summary>
    public int StartStage { get; set; } = DEFAULT_START_STAGE;

    /// <summary>The state after the start.</summary>
    public RunState StartupState { get; set; } = DEFAULT_STARTUP_STATE;
}

/// <summary>What subscriptions a provider has; named options under the provider's name.</summary>
public class StreamPubSubOptions
{
    /// <summary>Both kinds.</summary>
    public const StreamPubSubType DEFAULT_STREAM_PUBSUB_TYPE = StreamPubSubType.ExplicitGrainBasedAndImplicit;

    /// <summary>The kinds of subscriptions.</summary>
    public StreamPubSubType PubSubType { get; set; } = DEFAULT_STREAM_PUBSUB_TYPE;
}

/// <summary>How queues are read and events delivered; named options under the provider's name.</summary>
public class StreamPullingAgentOptions
{
    /// <summary>One batch a call.</summary>
    public static readonly int DEFAULT_BATCH_CONTAINER_BATCH_SIZE = 1;

    /// <summary>A tenth of a second.</summary>
    public static readonly TimeSpan DEFAULT_GET_QUEUE_MESSAGES_TIMER_PERIOD = TimeSpan.FromMilliseconds(100);

    /// <summary>Five seconds.</summary>
    public static readonly TimeSpan DEFAULT_INIT_QUEUE_TIMEOUT = TimeSpan.FromSeconds(5);

    /// <summary>One minute.</summary>
    public static readonly TimeSpan DEFAULT_MAX_EVENT_DELIVERY_TIME = TimeSpan.FromMinutes(1);

    /// <summary>Half an hour.</summary>
    public static readonly TimeSpan DEFAULT_STREAM_INACTIVITY_PERIOD = TimeSpan.FromMinutes(30);

    /// <summary>How many batches are delivered in one call.</summary>
    public int BatchContainerBatchSize { get; set; } = DEFAULT_BATCH_CONTAINER_BATCH_SIZE;

    /// <summary>How often a queue without data is read.</summary>
    public TimeSpan GetQueueMsgsTimerPeriod { get; set; } = DEFAULT_GET_QUEUE_MESSAGES_TIMER_PERIOD;

    /// <summary>What a reader gets to prepare itself, and to end.</summary>
    public TimeSpan InitQueueTimeout { get; set; } = DEFAULT_INIT_QUEUE_TIMEOUT;

    /// <summary>How long the delivery of a batch to a consumer is repeated.</summary>
    public TimeSpan MaxEventDeliveryTime { get; set; } = DEFAULT_MAX_EVENT_DELIVERY_TIME;

    /// <summary>After how long without events the subscribers of a stream are forgotten, to be looked up again.</summary>
    public TimeSpan StreamInactivityPeriod { get; set; } = DEFAULT_STREAM_INACTIVITY_PERIOD;
}
