using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// Gives streams by identity. It is the keyed service of its name; grains get it by
/// <see cref="GrainStreamingExtensions.GetStreamProvider(Grain, string)"/>.
/// </summary>
public interface IStreamProvider
{
    /// <summary>The provider's name.</summary>
    string Name { get; }

    /// <summary>True if a subscription may begin at a token of the past.</summary>
    bool IsRewindable { get; }

    /// <summary>The stream of that identity, with events of that type.</summary>
    IAsyncStream<T> GetStream<T>(StreamId streamId);
}

/// <summary>Streams by key.</summary>
public static class StreamProviderExtensions
{
    /// <summary>The stream of that key, without a namespace.</summary>
    public static IAsyncStream<T> GetStream<T>(this IStreamProvider streamProvider, Guid id) =>
        Get<T>(streamProvider, StreamId.Create(null, id));

    /// <summary>The stream of that namespace and key.</summary>
    public static IAsyncStream<T> GetStream<T>(this IStreamProvider streamProvider, string? ns, Guid id) =>
        Get<T>(streamProvider, StreamId.Create(ns, id));

    /// <summary>The stream of that key, without a namespace.</summary>
    public static IAsyncStream<T> GetStream<T>(this IStreamProvider streamProvider, string id) =>
        Get<T>(streamProvider, StreamId.Create(null, id));

    /// <summary>The stream of that namespace and key.</summary>
    public static IAsyncStream<T> GetStream<T>(this IStreamProvider streamProvider, string? ns, string id) =>
        Get<T>(streamProvider, StreamId.Create(ns, id));

    /// <summary>The stream of that key, without a namespace.</summary>
    public static IAsyncStream<T> GetStream<T>(this IStreamProvider streamProvider, long id) =>
        Get<T>(streamProvider, StreamId.Create(null, id));

    /// <summary>The stream of that namespace and key.</summary>
    public static IAsyncStream<T> GetStream<T>(this IStreamProvider streamProvider, string? ns, long id) =>
        Get<T>(streamProvider, StreamId.Create(ns, id));

    private static IAsyncStream<T> Get<T>(IStreamProvider streamProvider, StreamId streamId)
    {
        ArgumentNullException.ThrowIfNull(streamProvider);
        return streamProvider.GetStream<T>(streamId);
    }
}
