namespace Weir.Grains.Interfaces.Transfers;

/// <summary>Which transfers of the record are asked for, newest first. Times are microseconds since 1970-01-01 UTC.</summary>
[GenerateSerializer, Immutable, Alias("weir.TransferQuery")]
public sealed record TransferQuery
{
    /// <summary>Only in this state: <c>running</c>, <c>done</c>, <c>failed</c> or <c>cancelled</c>; null for all.</summary>
    [Id(0)] public string? State { get; init; }

    /// <summary>First time at which a transfer may have begun.</summary>
    [Id(1)] public long From { get; init; }

    /// <summary>Time to stop before.</summary>
    [Id(2)] public long To { get; init; } = long.MaxValue;

    /// <summary>Most transfers, 1 to 1,000.</summary>
    [Id(3)] public int Limit { get; init; } = 100;

    /// <summary><see cref="TransferPage.Next"/> of the page before; null for the first.</summary>
    [Id(4)] public string? After { get; init; }
}

/// <summary>A page of transfers.</summary>
/// <param name="Transfers">Newest first.</param>
/// <param name="Next">What to give as <see cref="TransferQuery.After"/> for the next page; null at the end.</param>
[GenerateSerializer, Immutable, Alias("weir.TransferPage")]
public sealed record TransferPage([property: Id(0)] IReadOnlyList<TransferRecord> Transfers, [property: Id(1)] string? Next);

/// <summary>A transfer as the database has it: one that goes on, or one of long ago.</summary>
[GenerateSerializer, Immutable, Alias("weir.TransferRecord")]
public sealed record TransferRecord
{
    /// <summary>Names it for good.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary><c>search</c> (rows and files to subscribers), <c>upload</c> (files to a parent) or <c>receive</c> (a file from a client).</summary>
    [Id(1)] public required string Kind { get; init; }

    /// <summary>The exchange or the file that travels.</summary>
    [Id(2)] public required string Item { get; init; }

    /// <summary>What the client calls it.</summary>
    [Id(3)] public string? Name { get; init; }

    /// <summary>The client that has asked, or that sends; null for one over HTTP or the grain.</summary>
    [Id(4)] public string? Client { get; init; }

    /// <summary>The parent to which files go; null for none.</summary>
    [Id(5)] public string? To { get; init; }

    /// <summary><c>running</c>, <c>done</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    [Id(6)] public required string State { get; init; }

    /// <summary>Why it does not go on, or what went wrong last; null where nothing did.</summary>
    [Id(7)] public string? Fault { get; init; }

    /// <summary>Bytes of files that have been carried.</summary>
    [Id(8)] public long Bytes { get; init; }

    /// <summary>Bytes of files in all, as far as they are known.</summary>
    [Id(9)] public long BytesTotal { get; init; }

    /// <summary>Rows that were sent as messages.</summary>
    [Id(10)] public long Messages { get; init; }

    /// <summary>SHA-256 of a file in hexadecimal; null where it is not known.</summary>
    [Id(11)] public string? Checksum { get; init; }

    /// <summary>When it began.</summary>
    [Id(12)] public DateTimeOffset Began { get; init; }

    /// <summary>When it ended; null while it goes on.</summary>
    [Id(13)] public DateTimeOffset? Ended { get; init; }
}
