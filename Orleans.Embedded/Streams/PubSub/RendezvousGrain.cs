using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Streams;

/// <summary>Keeps the explicit subscriptions to one stream; its key is <c>provider/namespace/key</c>.</summary>
internal interface IRendezvousGrain : IGrainWithStringKey
{
    /// <summary>Adds a subscription.</summary>
    Task AddAsync(Subscription subscription);

    /// <summary>Removes a subscription.</summary>
    Task RemoveAsync(GuidId subscriptionId);

    /// <summary>Notes that a subscription has ended at a failed delivery.</summary>
    Task FaultAsync(GuidId subscriptionId);

    /// <summary>The subscriptions that have not ended.</summary>
    Task<IReadOnlyList<Subscription>> GetAsync();
}

/// <inheritdoc cref="IRendezvousGrain"/>
[GrainType("pubsubrendezvous")]
internal sealed class RendezvousGrain : Grain, IRendezvousGrain
{
    private PersistentState<RendezvousState>? _state;

    private List<RendezvousState.Entry> Entries => _state!.State.Subscriptions;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        var providerName = key[..key.IndexOf('/', StringComparison.Ordinal)];
        var store = ServiceProvider.GetKeyedService<IGrainStorage>(providerName)
            ?? ServiceProvider.GetKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME)
            ?? throw new BadProviderConfigException(
                $"stream provider '{providerName}' needs a grain storage named "
                + $"'{ProviderConstants.DEFAULT_PUBSUB_PROVIDER_NAME}' or '{providerName}' for its explicit subscriptions");
        _state = new PersistentState<RendezvousState>("PubSubRendezvous", GrainContext, store);
        return _state.ReadStateAsync();
    }

    public Task AddAsync(Subscription subscription) => ChangeAsync(() =>
    {
        Entries.RemoveAll(entry => entry.Id == subscription.Id.Guid);
        Entries.Add(new RendezvousState.Entry
        {
            Id = subscription.Id.Guid,
            Consumer = subscription.Consumer.ToString(),
            FilterData = subscription.FilterData,
        });
    });

    public Task RemoveAsync(GuidId subscriptionId) =>
        ChangeAsync(() => Entries.RemoveAll(entry => entry.Id == subscriptionId.Guid));

    public Task FaultAsync(GuidId subscriptionId) => ChangeAsync(() =>
    {
        foreach (var entry in Entries.Where(entry => entry.Id == subscriptionId.Guid)) entry.IsFaulted = true;
    });

    public Task<IReadOnlyList<Subscription>> GetAsync() => Task.FromResult<IReadOnlyList<Subscription>>(
    [
        .. Entries.Where(entry => !entry.IsFaulted).Select(entry => new Subscription(
            GuidId.GetGuidId(entry.Id), GrainId.Parse(entry.Consumer), entry.FilterData)),
    ]);

    private async Task ChangeAsync(Action change)
    {
        try
        {
            change();
            await (Entries.Count > 0 ? _state!.WriteStateAsync() : _state!.ClearStateAsync());
        }
        catch
        {
            // What is in memory is not what is stored: the next call reads it anew.
            DeactivateOnIdle();
            throw;
        }
    }
}

/// <summary>The stored subscriptions to one stream, in types that every store can write.</summary>
[GenerateSerializer]
internal sealed class RendezvousState
{
    /// <summary>The subscriptions.</summary>
    [Id(0)]
    public List<Entry> Subscriptions { get; set; } = [];

    /// <summary>A stored subscription.</summary>
    [GenerateSerializer]
    internal sealed class Entry
    {
        /// <summary>The subscription's id.</summary>
        [Id(0)]
        public Guid Id { get; set; }

        /// <summary>The consumer, as <c>type/key</c>.</summary>
        [Id(1)]
        public string Consumer { get; set; } = "";

        /// <summary>What the stream filter gets.</summary>
        [Id(2)]
        public string? FilterData { get; set; }

        /// <summary>True if the subscription has ended at a failed delivery.</summary>
        [Id(3)]
        public bool IsFaulted { get; set; }
    }
}
