using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Orleans.Providers.Streams.Common;

/// <summary>
/// A provider over the queues of an adapter. Its class is what <see cref="IManagementGrain.SendControlCommandToProvider"/>
/// takes to give it a <see cref="PersistentStreamProviderCommand"/>.
/// </summary>
public sealed class PersistentStreamProvider :
    IStreamProvider, IControllable, IStreamSubscriptionManagerRetriever, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly IServiceProvider _services;
    private readonly StreamLifecycleOptions _lifecycle;
    private readonly Lazy<StreamSubscriptionManager> _manager;
    private IQueueAdapterFactory? _factory;
    private IQueueAdapter? _adapter;
    private PullingAgents? _agents;

    internal PersistentStreamProvider(IServiceProvider services, string name)
    {
        _services = services;
        _lifecycle = services.GetOptionsByName<StreamLifecycleOptions>(name);
        Name = name;
        Consumers = services.GetRequiredService<StreamConsumers>();
        PubSub = new StreamPubSub(
            services.GetRequiredService<IGrainFactory>(), services.GetRequiredService<ImplicitSubscriptions>(),
            services.GetOptionsByName<StreamPubSubOptions>(name).PubSubType);
        _manager = new Lazy<StreamSubscriptionManager>(() => new StreamSubscriptionManager(services));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsRewindable => Adapter.IsRewindable;

    internal StreamConsumers Consumers { get; }

    internal StreamPubSub PubSub { get; }

    /// <summary>The adapter, to write with.</summary>
    internal IQueueAdapter WritableAdapter =>
        Adapter.Direction is StreamProviderDirection.WriteOnly or StreamProviderDirection.ReadWrite
        ? Adapter
        : throw new InvalidOperationException($"stream provider '{Name}' can only be read");

    private IQueueAdapter Adapter => _adapter ?? throw new InvalidOperationException(
        $"stream provider '{Name}' has not started yet: it does at stage {_lifecycle.InitStage} of the silo's start");

    /// <inheritdoc/>
    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new PersistentStream<T>(this, streamId);

    /// <inheritdoc/>
    public IStreamSubscriptionManager GetStreamSubscriptionManager() => _manager.Value;

    void ILifecycleParticipant<ISiloLifecycle>.Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe($"stream provider '{Name}'", _lifecycle.InitStage, InitializeAsync);
        lifecycle.Subscribe($"agents of stream provider '{Name}'", _lifecycle.StartStage, StartAsync, StopAsync);
    }

    /// <inheritdoc/>
    public async Task<object> ExecuteCommand(int command, object arg)
    {
        switch ((PersistentStreamProviderCommand)command)
        {
            case >= PersistentStreamProviderCommand.AdapterCommandStartRange
                and <= PersistentStreamProviderCommand.AdapterCommandEndRange when _adapter is IControllable adapter:
                return await adapter.ExecuteCommand(command, arg);
            case >= PersistentStreamProviderCommand.AdapterFactoryCommandStartRange
                and <= PersistentStreamProviderCommand.AdapterFactoryCommandEndRange when _factory is IControllable factory:
                return await factory.ExecuteCommand(command, arg);
            case PersistentStreamProviderCommand.StartAgents when _agents is not null:
                await _agents.StartAsync();
                return null!;
            case PersistentStreamProviderCommand.StopAgents when _agents is not null:
                await _agents.StopAsync(CancellationToken.None);
                return null!;
            case PersistentStreamProviderCommand.GetAgentsState when _agents is not null:
                return _agents.Count > 0
                    ? StreamLifecycleOptions.RunState.AgentsStarted
                    : StreamLifecycleOptions.RunState.AgentsStopped;
            case PersistentStreamProviderCommand.GetNumberRunningAgents when _agents is not null:
                return _agents.Count;
            default:
                throw new ArgumentException(
                    $"stream provider '{Name}' does not know command {command}, or is not in a state to carry it out",
                    nameof(command));
        }
    }

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        _factory = _services.GetRequiredKeyedService<IQueueAdapterFactory>(Name);
        _adapter = await _factory.CreateAdapter();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Adapter.Direction is not (StreamProviderDirection.ReadOnly or StreamProviderDirection.ReadWrite)) return;
        _agents = new PullingAgents(_services, Name, _factory!, Adapter, PubSub);
        PubSub.Agents = _agents;
        if (_lifecycle.StartupState == StreamLifecycleOptions.RunState.AgentsStarted) await _agents.StartAsync();
    }

    private Task StopAsync(CancellationToken cancellationToken) =>
        _agents?.StopAsync(cancellationToken) ?? Task.CompletedTask;
}
