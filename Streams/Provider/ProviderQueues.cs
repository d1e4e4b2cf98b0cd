using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Weir.Streams.Provider;

/// <summary>
/// The streams of the store in which a stream provider keeps its events, for readers that go past Orleans with a position
/// of their own. Immutable; may be used from any thread.
/// </summary>
public sealed class ProviderQueues
{
    private readonly IStreamEventSerializer serializer;

    private ProviderQueues(IReadOnlyList<StreamName> streams, StreamOptions options, IStreamEventSerializer serializer)
    {
        Streams = streams;
        Options = options;
        this.serializer = serializer;
    }

    /// <summary>The streams.</summary>
    public IReadOnlyList<StreamName> Streams { get; }

    /// <summary>How each is kept; for who makes them before the provider does.</summary>
    public StreamOptions Options { get; }

    /// <summary>Those of a provider that the host has.</summary>
    public static ProviderQueues Of(IServiceProvider services, string provider)
    {
        var options = services.GetRequiredService<IOptionsMonitor<EmbeddedStreamOptions>>().Get(provider);
        return new ProviderQueues(
            [.. Enumerable.Range(0, options.QueueCount).Select(queue => NameOf(options, provider, queue))], options.Stream, SerializerOf(services, provider));
    }

    /// <summary>Reads a stored event; false where it is none of a stream provider.</summary>
    public bool TryRead(ReadOnlySpan<byte> payload, out ProviderBatch batch)
    {
        batch = default;
        if (!QueueEvent.TryRead(payload, out var read)) return false;
        batch = new ProviderBatch(read, serializer);
        return true;
    }

    internal static StreamName NameOf(EmbeddedStreamOptions options, string provider, long queue) => NameOf(options.Scope, provider, queue);

    internal static StreamName NameOf(string scope, string provider, long queue) =>
        new(scope, string.Create(CultureInfo.InvariantCulture, $"{provider}-{queue}"));

    internal static IStreamEventSerializer SerializerOf(IServiceProvider services, string provider) =>
        services.GetKeyedService<IStreamEventSerializer>(provider)
        ?? services.GetService<IStreamEventSerializer>() ?? new JsonStreamEventSerializer();
}

/// <summary>A batch of Orleans events as the store has it; valid for as long as its bytes are.</summary>
public readonly ref struct ProviderBatch
{
    private readonly QueueEvent read;
    private readonly IStreamEventSerializer serializer;

    internal ProviderBatch(QueueEvent read, IStreamEventSerializer serializer)
    {
        this.read = read;
        this.serializer = serializer;
    }

    /// <summary>The Orleans stream that it was published to.</summary>
    public StreamId StreamId => read.StreamId;

    /// <summary>Its events.</summary>
    /// <exception cref="InvalidDataException">They are of another type, or the bytes end too early.</exception>
    public List<T> Read<T>()
    {
        if (!read.TypeName.SequenceEqual(QueueEvent.NameOf<T>()))
            throw new InvalidDataException($"The events are of type {Encoding.UTF8.GetString(read.TypeName)}, and not {typeof(T)}.");
        var events = new List<T>(Math.Clamp(read.Count, 0, read.Events.Length));
        var rest = read.Events;
        for (var i = 0; i < read.Count; i++)
        {
            if (!QueueEvent.TryTake(rest, out var bytes, out rest))
                throw new InvalidDataException($"The batch ends before its event {i} of {read.Count}.");
            events.Add(serializer.Deserialize<T>(bytes));
        }
        return events;
    }
}
