using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Streams;
using Weir.Pravega;
using Weir.Streams.Pravega.Shared;
using Weir.Streams.Provider;

namespace Weir.Streams.Pravega;

/// <summary>Wires Pravega into a host.</summary>
public static class PravegaStreamsExtensions
{
    /// <summary>Keeps the host's streams in Pravega: its <see cref="IStreamStore"/>.</summary>
    public static IServiceCollection AddPravegaStreamStore(this IServiceCollection services, Action<PravegaStoreOptions> configure)
    {
        AddOptions(services, Options.DefaultName, configure);
        services.TryAddSingleton<IStreamStore>(provider => Make(provider, Options.DefaultName));
        return services;
    }

    /// <summary>
    /// Adds a rewindable stream provider that keeps its events in Pravega: a Pravega stream a queue, or one for all queues,
    /// and in a table segment beside it how far the queue is delivered, under a version that stops a former owner. All silos
    /// of a cluster write to the same streams; one silo at a time reads a queue.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name: letters, digits, <c>.</c> and <c>-</c>.</param>
    /// <param name="store">Where Pravega is; null takes the host's own <see cref="IStreamStore"/>.</param>
    /// <param name="configure">Sets the provider's options.</param>
    /// <param name="configureStream">Sets what all persistent stream providers have: agent, life cycle, subscriptions.</param>
    /// <param name="share">
    /// Keeps all queues in one stream that Pravega scales by itself, each queue with a part of the key space, and says how it
    /// is scaled; null keeps a stream of one segment a queue.
    /// </param>
    public static ISiloBuilder AddPravegaStreams(
        this ISiloBuilder builder, string name, Action<PravegaStoreOptions>? store = null,
        Action<EmbeddedStreamOptions>? configure = null, Action<ISiloPersistentStreamConfigurator>? configureStream = null,
        Action<SharedStreamOptions>? share = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (share is not null)
        {
            builder.Services.AddSharedPravegaStream(name, store, share);
        }
        else if (store is not null)
        {
            AddOptions(builder.Services, name, store);
            builder.Services.AddKeyedSingleton<IStreamStore>(name, (provider, _) => Make(provider, name));
        }
        return builder.AddEmbeddedStreams(name, configure, configureStream);
    }

    /// <summary>
    /// Keeps the queues of a stream provider in one Pravega stream. <see cref="AddPravegaStreams"/> has it for a silo; a client
    /// that publishes in a process of its own needs the same beside its provider.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="store">Where Pravega is; null takes the host's own <see cref="IStreamStore"/>, which must be Pravega.</param>
    /// <param name="share">Says how the stream is scaled.</param>
    public static IServiceCollection AddSharedPravegaStream(
        this IServiceCollection services, string name, Action<PravegaStoreOptions>? store, Action<SharedStreamOptions> share)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (store is not null) AddOptions(services, name, store);
        services.AddOptions<SharedStreamOptions>(name).Configure(share).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SharedStreamOptions>, SharedValidator>());
        services.AddKeyedSingleton<IConsistentRingStreamQueueMapper>(name, (provider, _) =>
            new KeyRangeQueueMapper(name, provider.GetRequiredService<IOptionsMonitor<EmbeddedStreamOptions>>().Get(name).QueueCount));
        services.AddKeyedSingleton<IStreamStore>(name, (provider, _) =>
        {
            var options = provider.GetRequiredService<IOptionsMonitor<EmbeddedStreamOptions>>().Get(name);
            var beneath = store is not null ? Make(provider, name) : provider.GetRequiredService<IStreamStore>() as PravegaStreamStore
                ?? throw new InvalidOperationException(
                    $"The stream provider '{name}' is to keep its queues in one Pravega stream, but the host's stream store is not Pravega: call AddPravegaStreamStore, or say where Pravega is.");
            return new SharedStreamStore(
                beneath, options.Scope, name, options.QueueCount, provider.GetRequiredService<IOptionsMonitor<SharedStreamOptions>>().Get(name),
                ownsStore: store is not null, provider.GetRequiredService<ILogger<PravegaStreamStore>>());
        });
        return services;
    }

    private static void AddOptions(IServiceCollection services, string name, Action<PravegaStoreOptions> configure)
    {
        services.AddOptions<PravegaStoreOptions>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PravegaStoreOptions>, Validator>());
        services.TryAddSingleton(TimeProvider.System);
    }

    private static PravegaStreamStore Make(IServiceProvider provider, string name) => new(
        provider.GetRequiredService<IOptionsMonitor<PravegaStoreOptions>>().Get(name),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<PravegaStreamStore>>(),
        provider.GetRequiredService<ILogger<PravegaClient>>());

    private sealed class Validator : IValidateOptions<PravegaStoreOptions>
    {
        public ValidateOptionsResult Validate(string? name, PravegaStoreOptions options)
        {
            string[] faults = [.. PravegaStoreOptions.Faults(options)];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }

    private sealed class SharedValidator : IValidateOptions<SharedStreamOptions>
    {
        public ValidateOptionsResult Validate(string? name, SharedStreamOptions options)
        {
            string[] faults = [.. SharedStreamOptions.Faults(name, options)];
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
