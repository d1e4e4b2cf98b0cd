using Dapper;

namespace Weir.Database.Sinks;

/// <summary>What is known of a dead letter without its bytes.</summary>
public sealed record DeadLetterInfo
{
    /// <summary>The stream.</summary>
    public string Stream { get; init; } = "";

    /// <summary>Where in it.</summary>
    public string Place { get; init; } = "";

    /// <summary>What it belongs to.</summary>
    public string Topic { get; init; } = "";

    /// <summary>Why no table took it.</summary>
    public string Fault { get; init; } = "";

    /// <summary>How many bytes of it were kept.</summary>
    public long Bytes { get; init; }

    /// <summary>When it was noticed, in microseconds since 1970-01-01 UTC.</summary>
    public long Noticed { get; init; }
}

/// <summary>Reads what no table took. All members may be called from any thread.</summary>
public sealed class DeadLetterTable(SiteDatabase database)
{
    // The index alone says which are the newest; asked for all columns at once, MariaDB reads and sorts the whole table.
    internal const string Sql =
        "SELECT d.stream_name AS Stream, d.place AS Place, d.topic AS Topic, d.fault AS Fault, LENGTH(d.payload) AS Bytes, "
        + "d.noticed AS Noticed FROM (SELECT stream_name, place FROM dead_letters "
        + "ORDER BY noticed DESC, stream_name DESC, place DESC LIMIT @limit) newest "
        + "JOIN dead_letters d ON d.stream_name = newest.stream_name AND d.place = newest.place";

    /// <summary>The newest, newest first.</summary>
    public Task<IReadOnlyList<DeadLetterInfo>> ListAsync(int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<DeadLetterInfo>>(async connection =>
            [.. (await connection.QueryAsync<DeadLetterInfo>(new CommandDefinition(Sql, new { limit }, cancellationToken: cancellationToken)))
                .OrderByDescending(letter => letter.Noticed)],
            cancellationToken);

    /// <summary>The bytes of one; null where there is none at that place.</summary>
    public Task<byte[]?> ReadAsync(string stream, string place, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<byte[]>(new CommandDefinition(
            "SELECT payload FROM dead_letters WHERE stream_name = @stream AND place = @place", new { stream, place },
            cancellationToken: cancellationToken)), cancellationToken);
}
