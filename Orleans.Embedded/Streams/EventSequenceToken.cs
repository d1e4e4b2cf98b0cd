using Orleans.Streams;

namespace Orleans.Providers.Streams.Common;

/// <summary>A token that is a number and an index, as earlier providers use it.</summary>
[GenerateSerializer]
public class EventSequenceToken : StreamSequenceToken
{
    /// <summary>The token of a batch.</summary>
    public EventSequenceToken(long sequenceNumber) : this(sequenceNumber, 0)
    {
    }

    /// <summary>The token of an event of a batch.</summary>
    public EventSequenceToken(long sequenceNumber, int eventIndex)
    {
        SequenceNumber = sequenceNumber;
        EventIndex = eventIndex;
    }

    /// <summary>For serialisers.</summary>
    public EventSequenceToken()
    {
    }

    /// <inheritdoc/>
    [Id(0)]
    public override long SequenceNumber { get; protected set; }

    /// <inheritdoc/>
    [Id(1)]
    public override int EventIndex { get; protected set; }

    /// <summary>The token of an event of this batch.</summary>
    public EventSequenceToken CreateSequenceTokenForEvent(int eventInd) => new(SequenceNumber, eventInd);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    /// <inheritdoc/>
    public override bool Equals(StreamSequenceToken? other) =>
        other is EventSequenceToken && SequenceNumber == other.SequenceNumber && EventIndex == other.EventIndex;

    /// <summary>Compares with a token of the same class.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The other token is of another class.</exception>
    public override int CompareTo(StreamSequenceToken? other)
    {
        if (other is null) return 1;
        if (other is not EventSequenceToken)
        {
            throw new ArgumentOutOfRangeException(
                nameof(other),
                $"a token of class {nameof(EventSequenceToken)} can not be compared with one of {other.GetType()}");
        }

        var byNumber = SequenceNumber.CompareTo(other.SequenceNumber);
        return byNumber != 0 ? byNumber : EventIndex.CompareTo(other.EventIndex);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);

    /// <summary>Number and index.</summary>
    public override string ToString() =>
        $"[{nameof(EventSequenceToken)}: SeqNum={SequenceNumber}, EventIndex={EventIndex}]";
}
