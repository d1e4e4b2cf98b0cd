#nullable disable
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A stream whose key is a GUID.</summary>
public interface IStreamIdentity
{
    /// <summary>The key.</summary>
    Guid Guid { get; }

    /// <summary>The namespace, null if there is none.</summary>
    string Namespace { get; }
}

/// <summary>A stream whose key is a GUID. Immutable.</summary>
[Immutable, GenerateSerializer]
public sealed class StreamIdentity(Guid streamGuid, string streamNamespace) : IStreamIdentity
{
    /// <inheritdoc/>
    [Id(0)]
    public Guid Guid { get; } = streamGuid;

    /// <inheritdoc/>
    [Id(1)]
    public string Namespace { get; } = streamNamespace;

    /// <inheritdoc/>
    public override bool Equals(object obj) =>
        obj is StreamIdentity other && Guid == other.Guid && Namespace == other.Namespace;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Guid, Namespace);
}

/// <summary>The stream that an implicitly subscribed grain of a GUID key with extension consumes.</summary>
public static class ImplicitConsumerGrainExtensions
{
    /// <summary>Key and namespace of the stream: the grain's key and the extension of it.</summary>
    public static StreamIdentity GetImplicitStreamIdentity(this IGrainWithGuidCompoundKey grain)
    {
        var key = grain.GetPrimaryKey(out var streamNamespace);
        return new StreamIdentity(key, streamNamespace);
    }
}
