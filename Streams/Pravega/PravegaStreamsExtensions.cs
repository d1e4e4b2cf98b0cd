using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Weir.Pravega;
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
    /// Adds a rewindable stream provider that keeps its events in Pravega: a Pravega stream a queue, and in a table segment
    /// beside it how far the queue is delivered, under a version that stops a former owner. All silos of a cluster write to
    /// the same streams; one silo at a time reads a queue.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name: letters, digits, <c>.</c> and <c>-</c>.</param>
    /// <param name="store">Where Pravega is; null takes the host's own <see cref="IStreamStore"/>.</param>
    /// <param name="configure">Sets the provider's options.</param>
    /// <param name="configureStream">Sets what all persistent stream providers have: agent, life cycle, subscriptions.</param>
    public static ISiloBuilder AddPravegaStreams(
        this ISiloBuilder builder, string name, Action<PravegaStoreOptions>? store = null,
        Action<EmbeddedStreamOptions>? configure = null, Action<ISiloPersistentStreamConfigurator>? configureStream = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (store is not null)
        {
            AddOptions(builder.Services, name, store);
            builder.Services.AddKeyedSingleton<IStreamStore>(name, (provider, _) => Make(provider, name));
        }
        return builder.AddEmbeddedStreams(name, configure, configureStream);
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
}
