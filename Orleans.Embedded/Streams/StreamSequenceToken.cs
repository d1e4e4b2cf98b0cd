namespace Orleans.Streams;

/// <summary>
/// The place of an event in its stream. One provider uses one class of tokens. A token that travels must have
/// <see cref="GenerateSerializerAttribute"/>.
/// </summary>
[GenerateSerializer]
public abstract class StreamSequenceToken : IEquatable<StreamSequenceToken>, IComparable<StreamSequenceToken>
{
    /// <summary>The number of the batch, which rises along the stream.</summary>
    public abstract long SequenceNumber { get; protected set; }

    /// <summary>The index of the event in its batch.</summary>
    public abstract int EventIndex { get; protected set; }

    /// <inheritdoc/>
    public abstract bool Equals(StreamSequenceToken? other);

    /// <inheritdoc/>
    public abstract int CompareTo(StreamSequenceToken? other);
}

/// <summary>Comparing tokens in words.</summary>
public static class StreamSequenceTokenUtilities
{
    /// <summary>True if this token comes after the other.</summary>
    public static bool Newer(this StreamSequenceToken me, StreamSequenceToken other) => me.CompareTo(other) > 0;

    /// <summary>True if this token comes before the other.</summary>
    public static bool Older(this StreamSequenceToken me, StreamSequenceToken other) => me.CompareTo(other) < 0;
}
