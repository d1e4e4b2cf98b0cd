using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Providers;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>One stored state of an activation.</summary>
internal sealed class PersistentState<TState>(string stateName, IGrainContext context, IGrainStorage storage)
    : IPersistentState<TState>
{
    private readonly GrainState<TState> _state = new();
    private bool _isRead;

    public TState State
    {
        // Before the first read the state is a new one, as it is after a read that finds nothing.
        get => _state.State is null ? _state.State = NewState.Create<TState>() : _state.State;
        set => _state.State = value;
    }

    public string? Etag => _state.ETag;

    public bool RecordExists => _isRead
        ? _state.RecordExists
        : throw new InvalidOperationException($"state '{stateName}' of '{context.GrainId}' has not been read yet");

    public async Task ReadStateAsync()
    {
        await RunAsync(
            nameof(ReadStateAsync), static (storage, name, id, state) => storage.ReadStateAsync(name, id, state));
        _isRead = true;
    }

    public Task WriteStateAsync() =>
        RunAsync(nameof(WriteStateAsync), static (storage, name, id, state) => storage.WriteStateAsync(name, id, state));

    public async Task ClearStateAsync()
    {
        await RunAsync(
            nameof(ClearStateAsync), static (storage, name, id, state) => storage.ClearStateAsync(name, id, state));
        _state.State = NewState.Create<TState>();
    }

    private async Task RunAsync(
        string operation, Func<IGrainStorage, string, GrainId, GrainState<TState>, Task> run)
    {
        if (!ReferenceEquals(RuntimeContext.Current, context))
        {
            throw new InvalidOperationException(
                $"state '{stateName}' of '{context.GrainId}' can only be used in a turn of that grain");
        }

        try
        {
            _ = State;
            await run(storage, stateName, context.GrainId, _state);
        }
        catch (Exception exception) when (exception is not OrleansException)
        {
            throw new OrleansException(
                $"state '{stateName}' of '{context.GrainId}': {operation} failed in {storage.GetType().Name}: "
                + exception.Message, exception);
        }
    }
}

/// <summary>Makes states that were never stored.</summary>
internal static class NewState
{
    [SuppressMessage("Reliability", "CA2000", Justification = "A state is no resource.")]
    public static T Create<T>()
    {
        var type = typeof(T);
        if (type.IsValueType || type == typeof(string) || type.IsArray) return default!;
        if (type.IsInterface || type.IsAbstract) return default!;
        var constructor = type.GetConstructor(
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes);
        return (T)(constructor?.Invoke(null) ?? RuntimeHelpers.GetUninitializedObject(type));
    }
}

/// <inheritdoc cref="IPersistentStateFactory"/>
internal sealed class PersistentStateFactory : IPersistentStateFactory
{
    public IPersistentState<TState> Create<TState>(IGrainContext context, IPersistentStateConfiguration config)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(config);
        var storage = GrainStores.Find(context.ActivationServices, config.StorageName, context.GrainId.Type.ToString());
        var state = new PersistentState<TState>(config.StateName, context, storage);
        context.ObservableLifecycle.Subscribe(
            $"state '{config.StateName}'", GrainLifecycleStage.SetupState, _ => state.ReadStateAsync());
        return state;
    }
}

/// <summary>The stores of grain state by name.</summary>
internal static class GrainStores
{
    /// <summary>The store of that name, or the default one for null.</summary>
    /// <exception cref="BadProviderConfigException">There is none.</exception>
    public static IGrainStorage Find(IServiceProvider services, string? name, string? user)
    {
        var isDefault = string.IsNullOrWhiteSpace(name) || name == ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
        var storage = string.IsNullOrWhiteSpace(name) ? null : services.GetKeyedService<IGrainStorage>(name);
        if (isDefault) storage ??= services.GetService<IGrainStorage>();
        return storage ?? throw new BadProviderConfigException(
            isDefault
                ? $"grain '{user}' needs the default grain storage, and none is registered: "
                    + "add one, for example with AddMemoryGrainStorageAsDefault()"
                : $"grain '{user}' needs the grain storage '{name}', which is not registered: "
                    + $"add it, for example with AddMemoryGrainStorage(\"{name}\")");
    }
}
