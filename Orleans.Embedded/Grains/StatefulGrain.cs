using Orleans.Core;
using Orleans.Runtime;

namespace Orleans;

/// <summary>
/// The base of grain classes with one persistent state, which is read before <see cref="Grain.OnActivateAsync"/>.
/// The store is named by <see cref="Providers.StorageProviderAttribute"/>, and is the default one without it.
/// </summary>
public class Grain<TGrainState> : Grain
{
    private IStorage<TGrainState>? _storage;

    /// <summary>Called by the runtime.</summary>
    protected Grain() =>
        GrainContext.ObservableLifecycle.Subscribe(
            GetType().FullName!, GrainLifecycleStage.SetupState, ReadFirstStateAsync);

    /// <summary>For tests and for grains that bring their own storage, whose state is read already.</summary>
    protected Grain(IStorage<TGrainState> storage) => _storage = storage;

    /// <summary>The state, which is kept only when <see cref="WriteStateAsync"/> has run.</summary>
    protected TGrainState State
    {
        get => Storage.State;
        set => Storage.State = value;
    }

    private IStorage<TGrainState> Storage => _storage ??= Runtime.GetStorage<TGrainState>(GrainContext);

    /// <summary>Removes the stored state.</summary>
    protected virtual Task ClearStateAsync() => Storage.ClearStateAsync();

    /// <summary>Stores <see cref="State"/>.</summary>
    /// <exception cref="Storage.InconsistentStateException">The stored state has changed since it was read.</exception>
    protected virtual Task WriteStateAsync() => Storage.WriteStateAsync();

    /// <summary>Reads the stored state into <see cref="State"/>.</summary>
    protected virtual Task ReadStateAsync() => Storage.ReadStateAsync();

    private Task ReadFirstStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}
