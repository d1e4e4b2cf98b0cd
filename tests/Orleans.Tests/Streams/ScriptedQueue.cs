using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Tests.Streams;

/// <summary>A provider of one queue that a test writes, and that notes how it is called.</summary>
internal sealed class ScriptedQueue(string name)
    : IQueueAdapterFactory, IQueueAdapter, IQueueAdapterCache, IQueueAdapterReceiver, IStreamFailureHandler
{
    private readonly List<string> _calls = [];
    private readonly List<ScriptedBatch> _log = [];
    private int _next;
    private int _readFailures;

    public string Name => name;

    public bool IsRewindable { get; init; }

    public bool FaultsSubscriptions { get; init; }

    public int ReadFailures
    {
        init => _readFailures = value;
    }

    public bool IsUnderPressure { get; set; }

    public int PressureChecks { get; private set; }

    public int Delivered { get; private set; }

    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    bool IStreamFailureHandler.ShouldFaultSubsriptionOnError => FaultsSubscriptions;

    public string[] Calls
    {
        get
        {
            lock (_calls) return [.. _calls];
        }
    }

    public void Write(StreamId streamId, params string[] events)
    {
        lock (_log) _log.Add(new ScriptedBatch(streamId, events, new EventSequenceTokenV2(_log.Count + 1)));
    }

    /// <summary>The next reader begins at the start.</summary>
    public void Rewind()
    {
        lock (_log) _next = 0;
    }

    public Task<IQueueAdapter> CreateAdapter() => Noted<IQueueAdapter>("adapter", this);

    public IQueueAdapterCache GetQueueAdapterCache()
    {
        Note("cache");
        return this;
    }

    public IStreamQueueMapper GetStreamQueueMapper()
    {
        Note("mapper");
        return new HashRingBasedStreamQueueMapper(new HashRingStreamQueueMapperOptions { TotalQueueCount = 1 }, name);
    }

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Noted<IStreamFailureHandler>("failure handler", this);

    public Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        Write(streamId, [.. events.Select(one => $"{one}")]);
        return Task.CompletedTask;
    }

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId)
    {
        Note("receiver");
        return this;
    }

    public IQueueCache CreateQueueCache(QueueId queueId)
    {
        Note("create cache");
        return new Cache(this);
    }

    public Task Initialize(TimeSpan timeout) => Noted("initialize", true);

    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        Note("read");
        if (_readFailures-- > 0) throw new IOException("the queue is out of order");
        lock (_log)
        {
            var batches = _log.Skip(_next).Take(maxCount).ToArray<IBatchContainer>();
            _next += batches.Length;
            return Task.FromResult<IList<IBatchContainer>>(batches);
        }
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages)
    {
        Delivered += messages.Count;
        return Noted($"delivered {messages.Count}", true);
    }

    public Task Shutdown(TimeSpan timeout) => Noted("shutdown", true);

    public Task OnDeliveryFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken) =>
        Noted($"delivery failure {Format(sequenceToken)}", true);

    public Task OnSubscriptionFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken) =>
        Noted($"subscription failure {Format(sequenceToken)}", true);

    private static string Format(StreamSequenceToken? token) => $"{token?.SequenceNumber}/{token?.EventIndex}";

    private void Note(string call)
    {
        lock (_calls) _calls.Add(call);
    }

    private Task<T> Noted<T>(string call, T result)
    {
        Note(call);
        return Task.FromResult(result);
    }

    private sealed class Cache(ScriptedQueue queue) : SimpleQueueCache(100, NullLogger.Instance), IQueueCache
    {
        public override bool IsUnderPressure()
        {
            queue.PressureChecks++;
            return queue.IsUnderPressure || base.IsUnderPressure();
        }

        void IQueueCache.UpdateDeliveryProgress(StreamSequenceToken? earliestSubscriptionToken, DateTime utcNow) =>
            queue.Note($"progress {Format(earliestSubscriptionToken)}");
    }
}

/// <summary>Some events of one stream, with their place in a <see cref="ScriptedQueue"/>.</summary>
[GenerateSerializer]
internal sealed class ScriptedBatch : IBatchContainer
{
    public ScriptedBatch(StreamId streamId, string[] events, EventSequenceTokenV2 token)
    {
        StreamId = streamId;
        Events = events;
        SequenceToken = token;
    }

    [Id(0)]
    public StreamId StreamId { get; private set; }

    [Id(1)]
    public StreamSequenceToken SequenceToken { get; private set; }

    [Id(2)]
    public string[] Events { get; private set; }

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => Events.Select((one, i) =>
        Tuple.Create<T, StreamSequenceToken>(
            (T)(object)one, ((EventSequenceTokenV2)SequenceToken).CreateSequenceTokenForEvent(i)));

    public bool ImportRequestContext() => false;
}
