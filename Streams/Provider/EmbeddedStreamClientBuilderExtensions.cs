using Orleans.Hosting;

namespace Weir.Streams.Provider;

/// <summary>
/// Adds the stream provider over a stream store to a client in a process of its own. Only a runtime with such clients
/// has it.
/// </summary>
public static class EmbeddedStreamClientBuilderExtensions
{
    /// <summary>
    /// Adds the provider of the silos, by name. The client publishes into the host's <c>IStreamStore</c>, which must be one
    /// that several processes can share (Pravega); scope and number of queues must be those of the silos.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="name">The provider's name on the silos.</param>
    /// <param name="configure">Sets the provider's options.</param>
    /// <param name="configureStream">Sets what all persistent stream providers of a client have.</param>
    public static IClientBuilder AddEmbeddedStreams(
        this IClientBuilder builder, string name, Action<EmbeddedStreamOptions>? configure = null,
        Action<IClusterClientPersistentStreamConfigurator>? configureStream = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        builder.Services.AddEmbeddedStreamOptions(name, configure);
        return builder.AddPersistentStreams(name, QueueAdapterFactory.Create, stream => configureStream?.Invoke(stream));
    }
}
