using System.Globalization;
using Orleans;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>
/// The place of an event in a queue: the position of its batch in the store's stream, and its index within the batch.
/// Immutable; it may be kept in a grain's state and given to a later subscription.
/// </summary>
[GenerateSerializer]
[Alias("weir.stream-token")]
public sealed class StreamToken : StreamSequenceToken
{
    // Epochs of stores begin at 0: in this one the offset is a time, in microseconds since 1970-01-01 UTC.
    private const int TimeEpoch = -1;

    /// <summary>The token of an event.</summary>
    public StreamToken(StreamPosition position, int eventIndex = 0)
    {
        Epoch = position.Epoch;
        SequenceNumber = position.Offset;
        EventIndex = eventIndex;
    }

    /// <summary>Before the oldest event that the store still has: a subscription that begins here misses nothing that is there.</summary>
    public static StreamToken Earliest => new(StreamPosition.Earliest);

    /// <summary>
    /// For a subscription that begins at a time: with the first event of its stream that was published then or later. It
    /// lies before every token of an event, and is not for keeping.
    /// </summary>
    public static StreamToken At(DateTimeOffset time) =>
        new(new StreamPosition(TimeEpoch, (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>For serialisers.</summary>
    public StreamToken()
    {
    }

    /// <summary>The epoch of the store's stream.</summary>
    [Id(0)]
    public int Epoch { get; private set; }

    /// <summary>The offset of the batch within the epoch.</summary>
    [Id(1)]
    public override long SequenceNumber { get; protected set; }

    /// <summary>The index of the event in its batch.</summary>
    [Id(2)]
    public override int EventIndex { get; protected set; }

    /// <summary>The position of the batch.</summary>
    public StreamPosition Position => new(Epoch, SequenceNumber);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out StreamToken? token)
    {
        token = null;
        var cut = text?.LastIndexOf('/') ?? -1;
        if (cut < 0
            || !StreamPosition.TryParse(text![..cut], out var position)
            || !int.TryParse(text.AsSpan(cut + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return false;
        token = new StreamToken(position, index);
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    /// <inheritdoc/>
    public override bool Equals(StreamSequenceToken? other) =>
        other is StreamToken token && token.Position == Position && token.EventIndex == EventIndex;

    /// <summary>Compares with a token of the same queue.</summary>
    /// <exception cref="ArgumentException">The other token is of another class.</exception>
    public override int CompareTo(StreamSequenceToken? other)
    {
        if (other is null) return 1;
        var token = From(other);
        var byPosition = Position.CompareTo(token.Position);
        return byPosition != 0 ? byPosition : EventIndex.CompareTo(token.EventIndex);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Position, EventIndex);

    /// <summary>The form <c>epoch:offset/index</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Position}/{EventIndex}");

    /// <summary>Whether a position stands for a time, which the store has to be asked for.</summary>
    internal static bool IsTime(StreamPosition position) => position.Epoch == TimeEpoch;

    internal static StreamToken From(StreamSequenceToken token) => token as StreamToken
        ?? throw new ArgumentException(
            $"A token of this stream provider is a {nameof(StreamToken)}, but this is a {token.GetType()}; it comes from "
            + "another provider.", nameof(token));
}
