using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Streams;

/// <summary>Queues in memory, which last as long as the silo. A full one makes its writers wait.</summary>
internal sealed class MemoryQueues : IQueueAdapterFactory, IQueueAdapter
{
    private const int QueueCapacity = 16_384;

    private readonly HashRingBasedStreamQueueMapper _mapper;
    private readonly SimpleQueueAdapterCache _cache;
    private readonly ConcurrentDictionary<QueueId, MemoryQueue> _queues = new();

    private MemoryQueues(
        string name, HashRingStreamQueueMapperOptions queues, SimpleQueueCacheOptions cache, ILoggerFactory log)
    {
        Name = name;
        _mapper = new HashRingBasedStreamQueueMapper(queues, name);
        _cache = new SimpleQueueAdapterCache(cache, name, log);
    }

    public string Name { get; }

    public bool IsRewindable => true;

    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    public static IQueueAdapterFactory Create(IServiceProvider services, string name) => new MemoryQueues(
        name, services.GetOptionsByName<HashRingStreamQueueMapperOptions>(name),
        services.GetOptionsByName<SimpleQueueCacheOptions>(name), services.GetRequiredService<ILoggerFactory>());

    public async Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        if (token is not null)
        {
            throw new ArgumentException(
                $"stream provider '{Name}' gives places by itself, so an event can not be written with one", nameof(token));
        }

        var copies = events.Select(one => (object?)DeepCopy<T>.Of(one)).ToArray();
        await QueueOf(_mapper.GetQueueForStream(streamId)).Batches.Writer.WriteAsync(
            new MemoryBatch(streamId, copies, requestContext));
    }

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => QueueOf(queueId);

    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(this);

    public IQueueAdapterCache GetQueueAdapterCache() => _cache;

    public IStreamQueueMapper GetStreamQueueMapper() => _mapper;

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler());

    private MemoryQueue QueueOf(QueueId queueId) => _queues.GetOrAdd(queueId, static _ => new MemoryQueue());

    private sealed class MemoryQueue : IQueueAdapterReceiver
    {
        private long _read;

        public Channel<MemoryBatch> Batches { get; } = Channel.CreateBounded<MemoryBatch>(QueueCapacity);

        public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

        public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
        {
            List<IBatchContainer> result = [];
            while ((maxCount < 0 || result.Count < maxCount) && Batches.Reader.TryRead(out var batch))
            {
                batch.SequenceToken = new EventSequenceTokenV2(++_read);
                result.Add(batch);
            }

            return Task.FromResult<IList<IBatchContainer>>(result);
        }

        public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

        public Task Shutdown(TimeSpan timeout) => Task.CompletedTask;
    }

    private sealed class MemoryBatch(StreamId streamId, object?[] events, Dictionary<string, object>? requestContext)
        : IBatchContainer
    {
        public StreamId StreamId => streamId;

        public StreamSequenceToken SequenceToken { get; set; } = null!;

        public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
        {
            for (var i = 0; i < events.Length; i++)
            {
                if (events[i] is not T item) continue;
                var token = ((EventSequenceTokenV2)SequenceToken).CreateSequenceTokenForEvent(i);
                yield return Tuple.Create<T, StreamSequenceToken>(DeepCopy<T>.Of(item), token);
            }
        }

        public bool ImportRequestContext()
        {
            if (requestContext is null) return false;
            RequestContextExtensions.Import(requestContext);
            return true;
        }
    }
}
