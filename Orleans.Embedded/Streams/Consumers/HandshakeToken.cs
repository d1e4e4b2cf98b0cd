namespace Orleans.Streams;

/// <summary>
/// Where a subscription of a rewindable stream stands, as consumer and agent tell each other: the place to begin at, or
/// the last place that is done with. Immutable.
/// </summary>
[Immutable]
internal sealed record HandshakeToken(StreamSequenceToken Token, bool IsDone)
{
    public static HandshakeToken? StartAt(StreamSequenceToken? token) => token is null ? null : new(token, false);

    public static HandshakeToken? DoneWith(IBatchContainer batch) => new(LastTokenOf(batch), true);

    /// <summary>The place of the last batch in it.</summary>
    public static StreamSequenceToken LastTokenOf(IBatchContainer batch) => batch is IBatchContainerBatch several
        ? several.BatchContainers[^1].SequenceToken
        : batch.SequenceToken;
}
