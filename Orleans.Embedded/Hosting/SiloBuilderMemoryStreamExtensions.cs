using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Adding streams in memory.</summary>
public static class SiloBuilderMemoryStreamExtensions
{
    /// <summary>Adds streams whose events last until they are delivered, or the silo ends.</summary>
    public static ISiloBuilder AddMemoryStreams(
        this ISiloBuilder builder, string name, Action<ISiloMemoryStreamConfigurator>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var configurator = new MemoryStreamConfigurator(name, configure => builder.ConfigureServices(configure));
        configure?.Invoke(configurator);
        return builder;
    }

    private sealed class MemoryStreamConfigurator(string name, Action<Action<IServiceCollection>> configureDelegate)
        : SiloPersistentStreamConfigurator(name, configureDelegate, MemoryQueues.Create), ISiloMemoryStreamConfigurator;
}

/// <summary>Sets up streams in memory.</summary>
public interface IMemoryStreamConfigurator : INamedServiceConfigurator
{
}

/// <summary>Sets up streams in memory of a silo.</summary>
public interface ISiloMemoryStreamConfigurator : IMemoryStreamConfigurator, ISiloPersistentStreamConfigurator
{
}

/// <summary>Setting up streams in memory.</summary>
public static class MemoryStreamConfiguratorExtensions
{
    /// <summary>Sets the count of queues.</summary>
    public static void ConfigurePartitioning(
        this IMemoryStreamConfigurator configurator,
        int numOfQueues = HashRingStreamQueueMapperOptions.DEFAULT_NUM_QUEUES) =>
        configurator.Configure<HashRingStreamQueueMapperOptions>(
            options => options.Configure(values => values.TotalQueueCount = numOfQueues));
}
