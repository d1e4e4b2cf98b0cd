using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Internal;
using Orleans.Runtime;
using Orleans.Runtime.Providers;
using Orleans.Streams.Filtering;

namespace Orleans.Streams;

/// <summary>The readers of a provider's queues, one for each: the one silo owns them all.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds no resource.")]
internal sealed class PullingAgents(
    IServiceProvider services, string name, IQueueAdapterFactory factory, IQueueAdapter adapter, StreamPubSub pubSub)
{
    private static readonly TimeSpan s_leastBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_greatestBackoff = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly IStreamQueueMapper _mapper = factory.GetStreamQueueMapper();
    private readonly IQueueAdapterCache _cache = factory.GetQueueAdapterCache();
    private Dictionary<QueueId, PullingAgent> _agents = [];

    /// <summary>How many queues are read.</summary>
    public int Count => _agents.Count;

    public async Task StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_agents.Count > 0) return;
            var started = new Dictionary<QueueId, PullingAgent>();
            foreach (var queue in _mapper.GetAllQueues())
            {
                var agent = new PullingAgent(queue, SettingsFor(await factory.GetDeliveryFailureHandler(queue)));
                agent.Start();
                started.Add(queue, agent);
            }

            _agents = started;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var agents = _agents;
            _agents = [];
            await Task.WhenAll(agents.Values.Select(agent => agent.StopAsync(cancellationToken)));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Tells the reader of the stream's queue. Done when events from now on are kept for the subscription; the consumer
    /// is not waited for, since it may be the one that calls.
    /// </summary>
    public Task AddSubscriberAsync(StreamId streamId, Subscription subscription) =>
        AgentOf(streamId)?.AddSubscriber(streamId, subscription) ?? Task.CompletedTask;

    /// <summary>Tells the reader of the stream's queue that a subscription wants to go on somewhere else.</summary>
    public Task MoveSubscriberAsync(StreamId streamId, GuidId subscriptionId) =>
        AgentOf(streamId)?.MoveSubscriber(streamId, subscriptionId) ?? Task.CompletedTask;

    /// <summary>Tells the reader of the stream's queue. Done when no further delivery begins.</summary>
    public Task RemoveSubscriberAsync(StreamId streamId, GuidId subscriptionId) =>
        AgentOf(streamId)?.RemoveSubscriber(streamId, subscriptionId) ?? Task.CompletedTask;

    private PullingAgent? AgentOf(StreamId streamId) =>
        _agents.GetValueOrDefault(_mapper.GetQueueForStream(streamId));

    private AgentSettings SettingsFor(IStreamFailureHandler failureHandler)
    {
        var backoff = new ExponentialBackoff(s_leastBackoff, s_greatestBackoff, s_leastBackoff);
        return new AgentSettings(
            name, adapter, _cache, failureHandler, pubSub, services.GetRequiredService<IGrainFactory>(),
            services.GetKeyedService<IStreamFilter>(name),
            (IBackoffProvider?)services.GetKeyedService<IMessageDeliveryBackoffProvider>(name) ?? backoff,
            (IBackoffProvider?)services.GetKeyedService<IQueueReaderBackoffProvider>(name) ?? backoff,
            services.GetOptionsByName<StreamPullingAgentOptions>(name),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<PullingAgent>>());
    }
}

/// <summary>What an agent works with.</summary>
internal sealed record AgentSettings(
    string ProviderName, IQueueAdapter Adapter, IQueueAdapterCache? Cache, IStreamFailureHandler FailureHandler,
    StreamPubSub PubSub, IGrainFactory Grains, IStreamFilter? Filter, IBackoffProvider DeliveryBackoff,
    IBackoffProvider ReaderBackoff, StreamPullingAgentOptions Options, TimeProvider Time, ILogger Log);
