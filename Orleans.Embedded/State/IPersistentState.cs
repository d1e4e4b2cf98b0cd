using System.Reflection;
using Orleans.Core;
using Orleans.Runtime;

namespace Orleans.Core
{
    /// <summary>Reads, writes and removes one stored state.</summary>
    public interface IStorage
    {
        /// <summary>The version that was read or written last, null if none.</summary>
        string? Etag { get; }

        /// <summary>True if there is a stored state.</summary>
        bool RecordExists { get; }

        /// <summary>Removes the stored state and sets the state to a new one.</summary>
        Task ClearStateAsync();

        /// <summary>Removes the stored state and sets the state to a new one.</summary>
        Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

        /// <summary>Stores the state.</summary>
        /// <exception cref="Storage.InconsistentStateException">Somebody else has written.</exception>
        Task WriteStateAsync();

        /// <summary>Stores the state.</summary>
        /// <exception cref="Storage.InconsistentStateException">Somebody else has written.</exception>
        Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

        /// <summary>Reads the stored state.</summary>
        Task ReadStateAsync();

        /// <summary>Reads the stored state.</summary>
        Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
    }

    /// <summary>One stored state with its value.</summary>
    public interface IStorage<TState> : IStorage
    {
        /// <summary>The state, never null: a new one if nothing is stored.</summary>
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    /// <summary>
    /// One stored state of a grain, as a constructor argument that has <see cref="PersistentStateAttribute"/>.
    /// It is read before <see cref="Grain.OnActivateAsync"/>.
    /// </summary>
    public interface IPersistentState<TState> : IStorage<TState>
    {
    }

    /// <summary>The names of a persistent state.</summary>
    public interface IPersistentStateConfiguration
    {
        /// <summary>The name of the state within the grain.</summary>
        string StateName { get; }

        /// <summary>The name of the store, null for the default one.</summary>
        string? StorageName { get; }
    }

    /// <summary>Makes the persistent states of grains.</summary>
    public interface IPersistentStateFactory
    {
        /// <summary>The state of that name of that activation.</summary>
        IPersistentState<TState> Create<TState>(IGrainContext context, IPersistentStateConfiguration config);
    }

    /// <summary>Marks a constructor argument <see cref="IPersistentState{TState}"/>.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public class PersistentStateAttribute(string stateName, string? storageName = null)
        : Attribute, IFacetMetadata, IPersistentStateConfiguration
    {
        /// <inheritdoc/>
        public string StateName { get; } = stateName;

        /// <inheritdoc/>
        public string? StorageName { get; } = storageName;
    }

    /// <summary>Makes the constructor arguments that bear an attribute of one kind.</summary>
    public interface IAttributeToFactoryMapper<in TMetadata>
        where TMetadata : IFacetMetadata
    {
        /// <summary>What makes the argument for an activation.</summary>
        Factory<IGrainContext, object> GetFactory(ParameterInfo parameter, TMetadata metadata);
    }
}

namespace Orleans
{
    /// <summary>Marks attributes of constructor arguments that the runtime makes.</summary>
    public interface IFacetMetadata
    {
    }

    /// <summary>Makes an instance from one argument.</summary>
    public delegate TInstance Factory<in TParam1, out TInstance>(TParam1 param1);
}

namespace Orleans.Providers
{
    /// <summary>Names the store of a <see cref="Grain{TGrainState}"/>.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class StorageProviderAttribute : Attribute
    {
        /// <summary>The name of the store.</summary>
        public string ProviderName { get; set; } = ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
    }

    /// <summary>Names of providers that are used when none is given.</summary>
    public static class ProviderConstants
    {
        /// <summary>The default store of grain state.</summary>
        public const string DEFAULT_STORAGE_PROVIDER_NAME = "Default";

        /// <summary>The store of stream subscriptions.</summary>
        public const string DEFAULT_PUBSUB_PROVIDER_NAME = "PubSubStore";
    }
}
