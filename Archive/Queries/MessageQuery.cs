using System.Globalization;

namespace Weir.Archive;

/// <summary>A range of an exchange's messages.</summary>
/// <param name="FromMicros">The first key time, inclusive, in microseconds since 1970-01-01 UTC.</param>
/// <param name="ToMicros">The end, exclusive.</param>
public sealed record MessageQuery(long FromMicros, long ToMicros)
{
    /// <summary>Most messages that a page may ask for.</summary>
    public const int MaxLimit = 100_000;

    /// <summary>No message before this key; null sets no such bound.</summary>
    public MessageKey? FirstKey { get; init; }

    /// <summary>No message beyond this key, which is in the range itself; null sets no such bound.</summary>
    public MessageKey? LastKey { get; init; }

    /// <summary>Whether the newest come first.</summary>
    public bool Backwards { get; init; }

    /// <summary>Only topics that match this MQTT topic filter; null takes all.</summary>
    public string? TopicFilter { get; init; }

    /// <summary>Most messages of the page; 1 to 100,000.</summary>
    public int Limit { get; init; } = 1_000;

    /// <summary>Most bytes of topics and payloads in the page, but always one message; at least 1.</summary>
    public int MaxBytes { get; init; } = 16 << 20;

    /// <summary>Only what comes after this key, in the direction of the query: <see cref="MessagePage.Next"/> of the page before.</summary>
    public MessageKey? After { get; init; }

    internal void Validate()
    {
        if (FromMicros < 0)
            throw Wrong($"from must not be negative, but is {FromMicros}");
        if (ToMicros < FromMicros)
            throw Wrong($"to must not be before from ({FromMicros}), but is {ToMicros}");
        if (LastKey < FirstKey)
            throw Wrong($"last-key must not be before first-key ({FirstKey}), but is {LastKey}");
        if (Limit is < 1 or > MaxLimit)
            throw Wrong($"limit must be between 1 and {MaxLimit:N0}, but is {Limit:N0}");
        if (MaxBytes < 1)
            throw Wrong($"max-bytes must be at least 1, but is {MaxBytes:N0}");
    }

    private static ArgumentException Wrong(FormattableString problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"query: {problem.ToString(CultureInfo.InvariantCulture)}."));
}

/// <summary>A page of messages in the order of their keys.</summary>
/// <param name="Messages">The messages; the newest first where the query goes backwards.</param>
/// <param name="Next">Where the next page begins, for <see cref="MessageQuery.After"/>; null where the range is used up.</param>
/// <param name="Gaps">What is missing between this page's first message and the next page's.</param>
public sealed record MessagePage(IReadOnlyList<ArchivedMessage> Messages, MessageKey? Next, IReadOnlyList<MessageGap> Gaps)
{
    /// <summary>The typed columns in which <see cref="ArchivedMessage.Values"/> are; none where the exchange has no schema.</summary>
    public IReadOnlyList<MessageColumn> Columns { get; init; } = [];
}

/// <summary>How many messages a range has.</summary>
/// <param name="Messages">The messages that are there.</param>
/// <param name="Gaps">What is missing.</param>
public sealed record MessageCount(long Messages, IReadOnlyList<MessageGap> Gaps);
