using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>
/// One exchange: topic filters whose messages are kept. The key is its name. Messages never pass through the grain:
/// the broker hands them to the exchange in the same process, and the grain configures, supervises and answers.
/// </summary>
[Alias("weir.IExchangeGrain")]
public interface IExchangeGrain : IGrainWithStringKey
{
    /// <summary>Keeps these settings and makes them true at once.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range; the message says which.</exception>
    [Alias("Apply")] Task ApplyAsync(ExchangeSettings settings);

    /// <summary>What is set; null if the exchange was never set up.</summary>
    [Alias("GetSettings"), AlwaysInterleave] Task<ExchangeSettings?> GetSettingsAsync();

    /// <summary>How it does.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    [Alias("GetStatus"), AlwaysInterleave] Task<ExchangeStatus> GetStatusAsync();

    /// <summary>
    /// Messages of a range of time from ring and Parquet together, in key order. Everything that was acknowledged
    /// before the call is in the answer.
    /// </summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">The query is out of its limits; the message says how.</exception>
    [Alias("Query"), AlwaysInterleave] Task<MessagePage> QueryAsync(MessageQuery query, CancellationToken cancellationToken = default);

    /// <summary>All messages of a range, a page (<see cref="MessageQuery.Limit"/>) at a time; no more than a page is in memory.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">The query is out of its limits; the message says how.</exception>
    [Alias("Read"), AlwaysInterleave] IAsyncEnumerable<MessagePage> ReadAsync(MessageQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ranges in one Parquet file of the archive's own columns, piece by piece: key order, where ranges overlap each message
    /// once. Limits of the queries do not matter.
    /// </summary>
    /// <param name="ranges">The ranges.</param>
    /// <param name="encrypted">Whether the file is encrypted with the exchange's key, where the exchange has one; else it is plain.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">A query is out of its limits; the message says how.</exception>
    [Alias("Export"), AlwaysInterleave]
    IAsyncEnumerable<byte[]> ExportAsync(IReadOnlyList<MessageQuery> ranges, bool encrypted = false, CancellationToken cancellationToken = default);

    /// <summary>How many messages a range has; limits of the query do not matter.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">The query is out of its limits; the message says how.</exception>
    [Alias("Count"), AlwaysInterleave] Task<long> CountAsync(MessageQuery query, CancellationToken cancellationToken = default);

    /// <summary>The oldest key that is in the ring; below it files answer. Null where the ring is empty.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    [Alias("GetRingStart"), AlwaysInterleave] Task<string?> GetRingStartAsync(CancellationToken cancellationToken = default);

    /// <summary>The Parquet files with messages of a range, oldest first.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">The query is out of its limits; the message says how.</exception>
    [Alias("ListFiles"), AlwaysInterleave] Task<IReadOnlyList<HistoryFile>> ListFilesAsync(MessageQuery range);

    /// <summary>A Parquet file that <see cref="ListFilesAsync"/> has named, piece by piece.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up, or has let the file go.</exception>
    [Alias("ReadFile"), AlwaysInterleave] IAsyncEnumerable<byte[]> ReadFileAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Tries a schema on the newest messages, or finds one out; nothing is changed.</summary>
    /// <param name="schema">The schema; null to find one out.</param>
    /// <param name="messages">Messages to try it on, 1 to 10,000.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">The schema is wrong; the message says what is.</exception>
    [Alias("TrySchema"), AlwaysInterleave]
    Task<SchemaTrial> TrySchemaAsync(ExchangeSchema? schema, int messages = 1_000, CancellationToken cancellationToken = default);

    /// <summary>Answers one SELECT over all that the exchange keeps. It can do nothing but read; time, memory and rows are bounded.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">The statement may not be run, or cannot be; the message says why.</exception>
    /// <exception cref="TimeoutException">It took longer than it may.</exception>
    [Alias("Sql"), AlwaysInterleave] Task<SqlResult> SqlAsync(SqlQuestion question, CancellationToken cancellationToken = default);

    /// <summary>Writes what has no Parquet file yet to one, without waiting for the ring's age: before a move to another stream store, say.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    [Alias("Flush"), AlwaysInterleave] Task FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>What retention would let go of just now: a dry run, nothing goes.</summary>
    /// <param name="settings">Whose limits are asked about; null asks about those in force.</param>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    /// <exception cref="ArgumentException">A setting is out of its range; the message says which.</exception>
    [Alias("PreviewRetention"), AlwaysInterleave] Task<RetentionPreview> PreviewRetentionAsync(ExchangeSettings? settings);

    /// <summary>Everything that is known to be missing, oldest first.</summary>
    /// <exception cref="KeyNotFoundException">The exchange was never set up.</exception>
    [Alias("GetGaps"), AlwaysInterleave] Task<IReadOnlyList<MessageGap>> GetGapsAsync();

    /// <summary>Keeps no more messages from now on. Those on disk stay, and are there again if the exchange is set up anew.</summary>
    [Alias("Remove")] Task RemoveAsync();
}
