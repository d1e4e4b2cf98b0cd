using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>Makes the parts of one stream provider over a stream store.</summary>
internal sealed class QueueAdapterFactory(
    string name, IStreamStore store, EmbeddedStreamOptions options, TimeSpan streamInactivity,
    IStreamEventSerializer serializer, DeliveryErrors errors, TimeProvider time, ILogger<QueueAdapterFactory> logger,
    IConsistentRingStreamQueueMapper? queueMapper = null) : IQueueAdapterFactory, IQueueAdapterCache, IDisposable
{
    private readonly IConsistentRingStreamQueueMapper mapper = queueMapper
        ?? new HashRingBasedStreamQueueMapper(new HashRingStreamQueueMapperOptions { TotalQueueCount = options.QueueCount }, name);

    private readonly ProviderMeter meter = new(name);

    // The cache of a queue and its receiver are asked for one after the other, and belong together.
    private readonly ConcurrentDictionary<QueueId, QueueWindow> windows = new();

    /// <summary>
    /// From the host's services: the store, serialiser and clock under the provider's name, or those without a name; and the
    /// mapper under its name, or Orleans' own.
    /// </summary>
    public static QueueAdapterFactory Create(IServiceProvider services, string name) => new(
        name,
        services.GetKeyedService<IStreamStore>(name) ?? services.GetRequiredService<IStreamStore>(),
        services.GetRequiredService<IOptionsMonitor<EmbeddedStreamOptions>>().Get(name),
        services.GetService<IOptionsMonitor<StreamPullingAgentOptions>>()?.Get(name).StreamInactivityPeriod
            ?? StreamPullingAgentOptions.DEFAULT_STREAM_INACTIVITY_PERIOD,
        ProviderQueues.SerializerOf(services, name),
        services.GetService<DeliveryErrors>() ?? new DeliveryErrors(),
        services.GetService<TimeProvider>() ?? TimeProvider.System,
        services.GetRequiredService<ILogger<QueueAdapterFactory>>(),
        services.GetKeyedService<IConsistentRingStreamQueueMapper>(name));

    public async Task<IQueueAdapter> CreateAdapter()
    {
        foreach (var queue in mapper.GetAllQueues()) await store.CreateAsync(StreamOf(queue), options.Stream);
        return new QueueAdapter(name, store, mapper, StreamOf, serializer, time, CreateReceiver);
    }

    public IQueueAdapterCache GetQueueAdapterCache() => this;

    public IQueueCache CreateQueueCache(QueueId queueId)
    {
        var window = new QueueWindow(SourceOf(queueId), options.CacheBytes, time);
        windows[queueId] = window;
        return window;
    }

    public IStreamQueueMapper GetStreamQueueMapper() => mapper;

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new DeadLetterHandler(
            store, SourceOf(queueId), new StreamName(options.Scope, $"{name}-dead-letter"), options.DeadLetters, errors, time));

    public void Dispose() => meter.Dispose();

    private QueueSource SourceOf(QueueId queue) =>
        new(store, StreamOf(queue), serializer, new QueueMetrics(meter, StreamOf(queue)), logger);

    private StreamName StreamOf(QueueId queue) =>
        ProviderQueues.NameOf(options, name, queue.GetNumericId());

    private QueueReceiver CreateReceiver(QueueId queueId) =>
        windows.TryRemove(queueId, out var window)
            ? new QueueReceiver(window, name, options, streamInactivity, time)
            : throw new InvalidOperationException($"Queue {queueId} has no cache; its receiver must be made after it.");
}
