namespace Weir.Archive;

/// <summary>What an exchange is just now.</summary>
public sealed record ExchangeStatistics
{
    /// <summary>The exchange.</summary>
    public required string Name { get; init; }

    /// <summary>Messages accepted since the exchange was opened.</summary>
    public required long Accepted { get; init; }

    /// <summary>Messages that could not be kept, and of which the publisher was told so, since the exchange was opened.</summary>
    public required long Refused { get; init; }

    /// <summary>Messages that a full ring let go of, since the exchange was opened.</summary>
    public required long Dropped { get; init; }

    /// <summary>Messages accepted in a second, over the last ten.</summary>
    public required double MessagesPerSecond { get; init; }

    /// <summary>Messages in the ring.</summary>
    public required long RingMessages { get; init; }

    /// <summary>Memory that the ring takes, in bytes.</summary>
    public required long RingBytes { get; init; }

    /// <summary>Messages in files.</summary>
    public required long ArchivedMessages { get; init; }

    /// <summary>Bytes of the files.</summary>
    public required long ArchivedBytes { get; init; }

    /// <summary>Files.</summary>
    public required int Files { get; init; }

    /// <summary>The oldest key that a query can give; null where there is nothing.</summary>
    public required MessageKey? Oldest { get; init; }

    /// <summary>The newest key that a query can give.</summary>
    public required MessageKey? Newest { get; init; }

    /// <summary>When the newest message came in; null before the first.</summary>
    public required DateTimeOffset? LastMessage { get; init; }

    /// <summary>Bytes in the stream that wait for a file.</summary>
    public required long WaitingBytes { get; init; }

    /// <summary>Messages in stream and ring that wait for a file.</summary>
    public required long WaitingMessages { get; init; }

    /// <summary>How long the oldest message without a file has been here; zero where there is none.</summary>
    public required TimeSpan ArchiveLag { get; init; }

    /// <summary>Whether accepting waits for the archive because three quarters of the stream's budget are used.</summary>
    public required bool IsHeldBack { get; init; }

    /// <summary>How its schema does; null where it has none.</summary>
    public SchemaStatistics? Schema { get; init; }

    /// <summary>What the archive last failed at; null since it last succeeded.</summary>
    public required string? ArchiveError { get; init; }

    /// <summary>What is not there any more.</summary>
    public required IReadOnlyList<MessageGap> Gaps { get; init; }
}
