namespace Weir.Database.Transfers;

/// <summary>
/// One transfer of rows or files: to the subscribers of this site, to a parent, or from a client. It is stored again and
/// again while it goes on. Times are microseconds since 1970-01-01 UTC.
/// </summary>
public sealed record TransferRow
{
    /// <summary>Names it for good; at most 64 characters.</summary>
    public required string Id { get; init; }

    /// <summary>What it is: <c>search</c>, <c>upload</c> or <c>receive</c>; at most 32 characters.</summary>
    public required string Kind { get; init; }

    /// <summary>The site at the other end, such as the parent of an upload; empty for none. Cut at 64 characters.</summary>
    public string Site { get; init; } = "";

    /// <summary>What travels: the name of an exchange or a file; cut at 512 characters.</summary>
    public required string Item { get; init; }

    /// <summary>What the client calls it; cut at 255 characters.</summary>
    public string? Name { get; init; }

    /// <summary>The client that has asked, or that sends; cut at 255 characters.</summary>
    public string? Client { get; init; }

    /// <summary>SHA-256 of a file in hexadecimal; null where it is not known.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes of files in all, as far as they are known.</summary>
    public long ByteSize { get; init; }

    /// <summary>Bytes of files that have been carried.</summary>
    public long ByteDone { get; init; }

    /// <summary>Rows that were sent as messages.</summary>
    public long Messages { get; init; }

    /// <summary>How it stands: <see cref="TransferStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Why it does not go on, or what went wrong last; cut at 2,000 characters.</summary>
    public string? Fault { get; init; }

    /// <summary>When it began.</summary>
    public long Started { get; init; }

    /// <summary>When it ended; null while it goes on.</summary>
    public long? Ended { get; init; }

    /// <summary>The process that carries it, by a name that it has again after a restart; at most 64 characters.</summary>
    public required string Holder { get; init; }
}

/// <summary>How transfers stand.</summary>
public static class TransferStates
{
    /// <summary>It goes on.</summary>
    public const string Running = "running";

    /// <summary>All of it is there.</summary>
    public const string Done = "done";

    /// <summary>It could not go on.</summary>
    public const string Failed = "failed";

    /// <summary>Somebody has ended it.</summary>
    public const string Cancelled = "cancelled";
}

/// <summary>Which transfers are asked for, newest first. Times are microseconds since 1970-01-01 UTC.</summary>
public sealed record TransferFilter
{
    /// <summary>Only in this state; null for all.</summary>
    public string? State { get; init; }

    /// <summary>First time at which one may have begun.</summary>
    public long From { get; init; }

    /// <summary>Time to stop before.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Only what comes behind this one in the order of the answer; null from the newest.</summary>
    public (long Started, string Id)? After { get; init; }

    /// <summary>Most rows.</summary>
    public int Limit { get; init; } = 100;
}
