using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;
using Orleans.Streams.Filtering;

namespace Orleans.Hosting;

/// <summary>Adding stream providers to the silo.</summary>
public static class SiloBuilderStreamingExtensions
{
    /// <summary>Adds streaming without a provider.</summary>
    public static ISiloBuilder AddStreaming(this ISiloBuilder builder) =>
        builder.ConfigureServices(services => services.AddSiloStreaming());

    /// <summary>Adds a stream provider.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name.</param>
    /// <param name="adapterFactory">Makes its queues from the host's services and the name.</param>
    /// <param name="configureStream">Sets its options, under its name.</param>
    public static ISiloBuilder AddPersistentStreams(
        this ISiloBuilder builder, string name, Func<IServiceProvider, string, IQueueAdapterFactory> adapterFactory,
        Action<ISiloPersistentStreamConfigurator>? configureStream)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(adapterFactory);
        var configurator = new SiloPersistentStreamConfigurator(
            name, configure => builder.ConfigureServices(configure), adapterFactory);
        configureStream?.Invoke(configurator);
        return builder;
    }

    /// <summary>Adds what says which batches subscriptions of a provider get.</summary>
    public static ISiloBuilder AddStreamFilter<T>(this ISiloBuilder builder, string name)
        where T : class, IStreamFilter =>
        builder.ConfigureServices(services => services.AddStreamFilter<T>(name));
}

/// <summary>Adding streaming to services.</summary>
public static class StreamingServiceCollectionExtensions
{
    /// <summary>Adds streaming without a provider.</summary>
    public static void AddSiloStreaming(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(StreamConsumers))) return;
        services.AddSingleton<StreamConsumers>();
        services.AddSingleton<ImplicitSubscriptions>();
        services.AddSingleton<StreamSubscriptionManager>();
        services.AddSingleton<IStreamSubscriptionManagerAdmin>(
            provider => provider.GetRequiredService<StreamSubscriptionManager>());
        services.AddKeyedTransient<IGrainExtension>(
            typeof(IStreamConsumerExtension), static (provider, _) => StreamConsumers.CreateExtension(provider));
    }

    /// <summary>Adds what says which batches subscriptions of a provider get.</summary>
    public static IServiceCollection AddStreamFilter<T>(this IServiceCollection services, string name)
        where T : class, IStreamFilter =>
        services.AddKeyedSingleton<IStreamFilter, T>(name);
}

/// <summary>Sets up a stream provider of a silo; a provider's own configurator derives from it.</summary>
public class SiloPersistentStreamConfigurator : NamedServiceConfigurator, ISiloPersistentStreamConfigurator
{
    /// <summary>Adds the provider.</summary>
    public SiloPersistentStreamConfigurator(
        string name, Action<Action<IServiceCollection>> configureDelegate,
        Func<IServiceProvider, string, IQueueAdapterFactory> adapterFactory)
        : base(name, configureDelegate)
    {
        ConfigureDelegate(services => services.AddSiloStreaming());
        this.ConfigureComponent(adapterFactory);
        this.ConfigureComponent<IStreamProvider>(static (services, name) => new PersistentStreamProvider(services, name));
        this.ConfigureComponent(static (services, name) =>
            (IControllable)services.GetRequiredKeyedService<IStreamProvider>(name));
        ConfigureDelegate(services =>
        {
            services.AddSingleton(provider =>
                (ILifecycleParticipant<ISiloLifecycle>)provider.GetRequiredKeyedService<IStreamProvider>(Name));
            services.AddSingleton<IConfigurationValidator>(provider => new StreamProviderValidator(provider, Name));
        });
    }
}
