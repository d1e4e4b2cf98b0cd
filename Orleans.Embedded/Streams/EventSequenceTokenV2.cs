using Orleans.Streams;

namespace Orleans.Providers.Streams.Common;

/// <summary>A token that is a number and an index.</summary>
[GenerateSerializer]
public class EventSequenceTokenV2 : StreamSequenceToken
{
    /// <summary>The token of a batch.</summary>
    public EventSequenceTokenV2(long seqNumber) : this(seqNumber, 0)
    {
    }

    /// <summary>The token of an event of a batch.</summary>
    public EventSequenceTokenV2(long seqNumber, int eventInd)
    {
        SequenceNumber = seqNumber;
        EventIndex = eventInd;
    }

    /// <summary>For serialisers.</summary>
    public EventSequenceTokenV2()
    {
    }

    /// <inheritdoc/>
    [Id(0)]
    public override long SequenceNumber { get; protected set; }

    /// <inheritdoc/>
    [Id(1)]
    public override int EventIndex { get; protected set; }

    /// <summary>The token of an event of this batch.</summary>
    public EventSequenceTokenV2 CreateSequenceTokenForEvent(int eventInd) => new(SequenceNumber, eventInd);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    /// <inheritdoc/>
    public override bool Equals(StreamSequenceToken? other) =>
        other is EventSequenceTokenV2 && SequenceNumber == other.SequenceNumber && EventIndex == other.EventIndex;

    /// <summary>Compares with a token of the same class.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The other token is of another class.</exception>
    public override int CompareTo(StreamSequenceToken? other)
    {
        if (other is null) return 1;
        if (other is not EventSequenceTokenV2)
        {
            throw new ArgumentOutOfRangeException(
                nameof(other),
                $"a token of class {nameof(EventSequenceTokenV2)} can not be compared with one of {other.GetType()}");
        }

        var byNumber = SequenceNumber.CompareTo(other.SequenceNumber);
        return byNumber != 0 ? byNumber : EventIndex.CompareTo(other.EventIndex);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);

    /// <summary>Number and index.</summary>
    public override string ToString() =>
        $"[{nameof(EventSequenceTokenV2)}: SeqNum={SequenceNumber}, EventIndex={EventIndex}]";
}
