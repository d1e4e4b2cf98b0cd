using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Providers;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Sets up a stream provider.</summary>
public interface IPersistentStreamConfigurator : INamedServiceConfigurator
{
}

/// <summary>Sets up a stream provider of a silo.</summary>
public interface ISiloPersistentStreamConfigurator : IPersistentStreamConfigurator
{
}

/// <summary>Setting up any stream provider.</summary>
public static class PersistentStreamConfiguratorExtensions
{
    /// <summary>Sets which kinds of subscriptions the provider has.</summary>
    public static void ConfigureStreamPubSub(
        this IPersistentStreamConfigurator configurator,
        StreamPubSubType pubsubType = StreamPubSubOptions.DEFAULT_STREAM_PUBSUB_TYPE) =>
        configurator.Configure<StreamPubSubOptions>(
            options => options.Configure(values => values.PubSubType = pubsubType));
}

/// <summary>Setting up the reading side of a stream provider.</summary>
public static class SiloPersistentStreamConfiguratorExtensions
{
    /// <summary>Sets how queues are read and events delivered.</summary>
    public static void ConfigurePullingAgent(
        this ISiloPersistentStreamConfigurator configurator,
        Action<OptionsBuilder<StreamPullingAgentOptions>>? configureOptions = null) =>
        configurator.Configure(configureOptions);

    /// <summary>Sets when the provider starts.</summary>
    public static void ConfigureLifecycle(
        this ISiloPersistentStreamConfigurator configurator,
        Action<OptionsBuilder<StreamLifecycleOptions>> configureOptions) =>
        configurator.Configure(configureOptions);

    /// <summary>Sets the waits between attempts to deliver a batch.</summary>
    public static void ConfigureBackoffProvider(
        this ISiloPersistentStreamConfigurator configurator,
        Func<IServiceProvider, string, IMessageDeliveryBackoffProvider> factory) =>
        configurator.ConfigureComponent(factory);

    /// <summary>Sets the waits between attempts to read a queue.</summary>
    public static void ConfigureBackoffProvider(
        this ISiloPersistentStreamConfigurator configurator,
        Func<IServiceProvider, string, IQueueReaderBackoffProvider> factory) =>
        configurator.ConfigureComponent(factory);
}
