using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;

namespace Weir.Streams.Provider;

/// <summary>Adds the stream provider over a stream store to a silo.</summary>
public static class EmbeddedStreamSiloBuilderExtensions
{
    // A look at a queue waits for the next event by itself, so the pause between two looks is short.
    private static readonly TimeSpan PauseBetweenLooks = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Adds a rewindable stream provider that keeps its events in the host's <see cref="IStreamStore"/> (or the one
    /// that is registered under the provider's name).
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name: letters, digits, <c>.</c> and <c>-</c>.</param>
    /// <param name="configure">Sets the provider's options.</param>
    /// <param name="configureStream">Sets what all persistent stream providers have: agent, life cycle, subscriptions.</param>
    public static ISiloBuilder AddEmbeddedStreams(
        this ISiloBuilder builder, string name, Action<EmbeddedStreamOptions>? configure = null,
        Action<ISiloPersistentStreamConfigurator>? configureStream = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        builder.Services.AddEmbeddedStreamOptions(name, configure);
        if (builder.Services.All(service => service.ServiceType != typeof(DeliveryErrors)))
        {
            builder.Services.AddSingleton<DeliveryErrors>();
            builder.AddOutgoingGrainCallFilter<DeliveryErrorFilter>();
        }
        return builder.AddPersistentStreams(name, QueueAdapterFactory.Create, stream =>
        {
            stream.ConfigurePullingAgent(agent => agent.Configure(o => o.GetQueueMsgsTimerPeriod = PauseBetweenLooks));
            configureStream?.Invoke(stream);
        });
    }
}
