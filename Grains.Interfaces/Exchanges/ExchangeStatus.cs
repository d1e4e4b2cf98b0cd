namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>How an exchange does just now.</summary>
[GenerateSerializer, Immutable, Alias("weir.ExchangeStatus")]
public sealed record ExchangeStatus
{
    /// <summary>Its name.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>The topic filters it keeps.</summary>
    [Id(1)] public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>Messages accepted since the site's start.</summary>
    [Id(2)] public long Accepted { get; init; }

    /// <summary>Messages accepted a second.</summary>
    [Id(3)] public double MessagesPerSecond { get; init; }

    /// <summary>Messages in the ring.</summary>
    [Id(4)] public long RingMessages { get; init; }

    /// <summary>Payload bytes in the ring.</summary>
    [Id(5)] public long RingBytes { get; init; }

    /// <summary>Messages in Parquet files.</summary>
    [Id(6)] public long ArchivedMessages { get; init; }

    /// <summary>Bytes of Parquet files.</summary>
    [Id(7)] public long ArchivedBytes { get; init; }

    /// <summary>Parquet files.</summary>
    [Id(8)] public int Files { get; init; }

    /// <summary>Time of the oldest message that is kept; null while there is none.</summary>
    [Id(9)] public DateTimeOffset? Oldest { get; init; }

    /// <summary>Time of the newest message; null while there is none.</summary>
    [Id(10)] public DateTimeOffset? Newest { get; init; }

    /// <summary>Declared gaps.</summary>
    [Id(11)] public int Gaps { get; init; }

    /// <summary>Why it cannot archive just now; null while all is well.</summary>
    [Id(12)] public string? Fault { get; init; }

    /// <summary>Messages that could not be kept, and of which the publisher was told so, since the site's start.</summary>
    [Id(13)] public long Refused { get; init; }

    /// <summary>Messages that a full ring let go of, since the site's start.</summary>
    [Id(14)] public long Dropped { get; init; }

    /// <summary>Messages that wait for a Parquet file.</summary>
    [Id(15)] public long WaitingMessages { get; init; }

    /// <summary>How its schema does; null where it has none.</summary>
    [Id(40)] public SchemaStatus? Schema { get; init; }
}
