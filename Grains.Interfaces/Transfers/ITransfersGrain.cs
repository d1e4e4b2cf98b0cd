using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Transfers;

/// <summary>
/// Searches that send out what an exchange keeps, and files that have come over MQTT. The key is that of the site. In a
/// cluster it speaks for the silo that it runs on.
/// </summary>
[Alias("weir.ITransfersGrain")]
public interface ITransfersGrain : IGrainWithStringKey
{
    /// <summary>Starts a search, as a message on <c>$weir/search/EXCHANGE</c> would.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="request">The request as JSON; see docs/history.md.</param>
    /// <exception cref="ArgumentException">The request is wrong, or there are too many; the message says what to do.</exception>
    /// <exception cref="KeyNotFoundException">There is no such exchange.</exception>
    [Alias("StartSearch"), AlwaysInterleave] Task<SearchStatus> StartSearchAsync(string exchange, string request);

    /// <summary>The searches that run, and the newest of those that have ended; the newest first.</summary>
    [Alias("ListSearches"), AlwaysInterleave] Task<IReadOnlyList<SearchStatus>> ListSearchesAsync();

    /// <summary>Ends a search.</summary>
    /// <returns>False where none of that id runs.</returns>
    [Alias("CancelSearch"), AlwaysInterleave] Task<bool> CancelSearchAsync(string id);

    /// <summary>Files that have come or are coming, the newest first.</summary>
    [Alias("ListFiles"), AlwaysInterleave] Task<IReadOnlyList<TransferredFile>> ListFilesAsync();

    /// <summary>A file that has come, piece by piece.</summary>
    /// <exception cref="KeyNotFoundException">There is none such.</exception>
    [Alias("ReadFile"), AlwaysInterleave] IAsyncEnumerable<byte[]> ReadFileAsync(string client, string id, CancellationToken cancellationToken = default);

    /// <summary>Deletes a file that has come.</summary>
    /// <returns>False where there is none such.</returns>
    [Alias("DeleteFile"), AlwaysInterleave] Task<bool> DeleteFileAsync(string client, string id);

    /// <summary>The record of the whole site's transfers, those of long ago included, out of the database.</summary>
    /// <exception cref="ArgumentException">The question is wrong; the message says how.</exception>
    [Alias("QueryRecord"), AlwaysInterleave] Task<TransferPage> QueryRecordAsync(TransferQuery query);
}

/// <summary>Where a search stands.</summary>
[GenerateSerializer, Alias("weir.SearchState")]
public enum SearchState
{
    /// <summary>It sends.</summary>
    Running,

    /// <summary>All is sent.</summary>
    Done,

    /// <summary>It could not go on; its error says why.</summary>
    Failed,

    /// <summary>Somebody has ended it.</summary>
    Cancelled,
}

/// <summary>How a search does.</summary>
[GenerateSerializer, Immutable, Alias("weir.SearchStatus")]
public sealed record SearchStatus
{
    /// <summary>Its id, as who asked has named it.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>The exchange.</summary>
    [Id(1)] public required string Exchange { get; init; }

    /// <summary>The client that has asked; empty for one over HTTP or the grain.</summary>
    [Id(2)] public string Client { get; init; } = "";

    /// <summary>Where it stands.</summary>
    [Id(3)] public SearchState State { get; init; }

    /// <summary>Messages that were sent on <c>MQfile/ID</c>.</summary>
    [Id(4)] public long Messages { get; init; }

    /// <summary>Files that were sent whole.</summary>
    [Id(5)] public int Files { get; init; }

    /// <summary>Bytes of files that were sent.</summary>
    [Id(6)] public long FileBytes { get; init; }

    /// <summary>Bytes of files in all, as far as they are known.</summary>
    [Id(7)] public long FileBytesTotal { get; init; }

    /// <summary>The parent to which files go; null for this site's own subscribers.</summary>
    [Id(8)] public string? To { get; init; }

    /// <summary>Why it failed; null otherwise.</summary>
    [Id(9)] public string? Error { get; init; }

    /// <summary>When it began.</summary>
    [Id(10)] public DateTimeOffset Began { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    [Id(11)] public DateTimeOffset? Ended { get; init; }
}

/// <summary>A file that has come, or is coming.</summary>
/// <param name="Client">The client that sends it.</param>
/// <param name="Id">The client's name of the transfer.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Bytes">Bytes that are here.</param>
/// <param name="Size">Bytes in all; null where they are not known.</param>
/// <param name="IsWhole">Whether it has come.</param>
/// <param name="Time">When it has come, or its newest piece.</param>
/// <param name="Checksum">SHA-256 in hexadecimal; null while it is coming.</param>
[GenerateSerializer, Immutable, Alias("weir.TransferredFile")]
public sealed record TransferredFile(
    [property: Id(0)] string Client, [property: Id(1)] string Id, [property: Id(2)] string Name, [property: Id(3)] long Bytes,
    [property: Id(4)] long? Size, [property: Id(5)] bool IsWhole, [property: Id(6)] DateTimeOffset Time, [property: Id(7)] string? Checksum);
