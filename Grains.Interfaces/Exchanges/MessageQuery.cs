namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>Asks for messages of an exchange.</summary>
[GenerateSerializer, Immutable, Alias("weir.MessageQuery")]
public sealed record MessageQuery
{
    /// <summary>First time, in microseconds since 1970-01-01 UTC.</summary>
    [Id(0)] public long From { get; init; }

    /// <summary>Time to stop before, in microseconds since 1970-01-01 UTC.</summary>
    [Id(1)] public long To { get; init; } = long.MaxValue;

    /// <summary>Only topics that this MQTT topic filter takes; null for all.</summary>
    [Id(2)] public string? Topic { get; init; }

    /// <summary>Most rows of a page, 1 to 100,000.</summary>
    [Id(3)] public int Limit { get; init; } = 1_000;

    /// <summary>The <see cref="MessagePage.Next"/> of the page before; null for the first.</summary>
    [Id(4)] public string? After { get; init; }

    /// <summary>No message before this key, as <see cref="MessageRow.Key"/> is written; null sets no such bound.</summary>
    [Id(5)] public string? FirstKey { get; init; }

    /// <summary>No message beyond this key, which is in the range itself; null sets no such bound.</summary>
    [Id(6)] public string? LastKey { get; init; }

    /// <summary>Whether the newest come first.</summary>
    [Id(7)] public bool Backwards { get; init; }
}

/// <summary>A page of messages.</summary>
/// <param name="Rows">In order of their keys; the newest first where the query goes backwards.</param>
/// <param name="Next">What to ask with for the next page; null at the end.</param>
/// <param name="Gaps">What is known to be missing from the range that was asked for.</param>
[GenerateSerializer, Immutable, Alias("weir.MessagePage")]
public sealed record MessagePage(
    [property: Id(0)] IReadOnlyList<MessageRow> Rows, [property: Id(1)] string? Next,
    [property: Id(2)] IReadOnlyList<MessageGap> Gaps)
{
    /// <summary>The typed columns in which <see cref="MessageRow.Values"/> are; none where the exchange has no schema.</summary>
    [Id(3)] public IReadOnlyList<MessageColumn> Columns { get; init; } = [];
}

/// <summary>A typed column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
[GenerateSerializer, Immutable, Alias("weir.MessageColumn")]
public sealed record MessageColumn([property: Id(0)] string Name, [property: Id(1)] SchemaType Type);

/// <summary>A message as an exchange keeps it.</summary>
/// <param name="Key">Its key as text: <c>microseconds-sequence</c>; unique and rising within the exchange.</param>
/// <param name="Timestamp">When it came, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">Its payload.</param>
/// <param name="Qos">The quality of service it was published with.</param>
/// <param name="Retain">Whether it was published as retained.</param>
[GenerateSerializer, Immutable, Alias("weir.MessageRow")]
public sealed record MessageRow(
    [property: Id(0)] string Key, [property: Id(1)] long Timestamp, [property: Id(2)] string Topic,
    [property: Id(3)] byte[] Payload, [property: Id(4)] int Qos, [property: Id(5)] bool Retain)
{
    /// <summary>A value for each of <see cref="MessagePage.Columns"/>, or null; see <see cref="SchemaType"/>.</summary>
    [Id(6)] public IReadOnlyList<object?> Values { get; init; } = [];
}

/// <summary>A range of messages that is known to be missing.</summary>
/// <param name="From">Time of the first, in microseconds since 1970-01-01 UTC.</param>
/// <param name="To">Time after the last, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Messages">How many; null where nobody can know.</param>
/// <param name="Cause">Why, in a word.</param>
/// <param name="Detail">Why, in a sentence.</param>
[GenerateSerializer, Immutable, Alias("weir.MessageGap")]
public sealed record MessageGap(
    [property: Id(0)] long From, [property: Id(1)] long To, [property: Id(2)] long? Messages,
    [property: Id(3)] string Cause, [property: Id(4)] string Detail);

/// <summary>A Parquet file of an exchange.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Rows">How many messages it holds.</param>
[GenerateSerializer, Immutable, Alias("weir.HistoryFile")]
public sealed record HistoryFile([property: Id(0)] string Name, [property: Id(1)] long Bytes, [property: Id(2)] long Rows);
