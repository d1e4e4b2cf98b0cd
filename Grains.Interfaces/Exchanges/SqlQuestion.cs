namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>
/// One SELECT over the table <c>messages</c> of an exchange: <c>time</c>, <c>ts</c>, <c>seq</c>, <c>topic</c>, <c>payload</c>,
/// <c>qos</c>, <c>retain</c>, <c>received</c>, <c>properties</c> and the schema's columns.
/// </summary>
[GenerateSerializer, Immutable, Alias("weir.SqlQuestion")]
public sealed record SqlQuestion
{
    /// <summary>The statement, in DuckDB's SQL.</summary>
    [Id(0)] public required string Sql { get; init; }

    /// <summary>Most rows of the answer, 1 to 100,000.</summary>
    [Id(1)] public int Rows { get; init; } = 1_000;

    /// <summary>Longest it may take; 100 ms to 10 minutes.</summary>
    [Id(2)] public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Only messages from this time on, in microseconds since 1970-01-01 UTC.</summary>
    [Id(3)] public long From { get; init; }

    /// <summary>Only messages before this time.</summary>
    [Id(4)] public long To { get; init; } = long.MaxValue;
}

/// <summary>How a column of an answer is to be shown.</summary>
[GenerateSerializer, Alias("weir.SqlColumnKind")]
public enum SqlColumnKind
{
    /// <summary>As text; bytes as Base64.</summary>
    Text,

    /// <summary>A number; its text has all its digits.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,
}

/// <summary>A column of an answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How it is to be shown.</param>
[GenerateSerializer, Immutable, Alias("weir.SqlColumnInfo")]
public sealed record SqlColumnInfo([property: Id(0)] string Name, [property: Id(1)] SqlColumnKind Kind);

/// <summary>The answer to a statement.</summary>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows: a text for each column, or null.</param>
/// <param name="IsCut">Whether there are more rows than were allowed.</param>
/// <param name="Elapsed">How long it took.</param>
[GenerateSerializer, Immutable, Alias("weir.SqlResult")]
public sealed record SqlResult(
    [property: Id(0)] IReadOnlyList<SqlColumnInfo> Columns, [property: Id(1)] IReadOnlyList<IReadOnlyList<string?>> Rows,
    [property: Id(2)] bool IsCut, [property: Id(3)] TimeSpan Elapsed);
