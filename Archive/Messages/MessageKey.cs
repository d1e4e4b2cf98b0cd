using System.Globalization;
using System.Text.Json.Serialization;

namespace Weir.Archive;

/// <summary>
/// The key of a message within its exchange: unique, and rising in the order in which messages were accepted. The
/// sequence alone is unique too; the timestamp before it lets a range of time be found by key.
/// </summary>
/// <param name="TimestampMicros">
/// When the message came in, in microseconds since 1970-01-01 UTC; where the clock stepped back, the newest time
/// before that.
/// </param>
/// <param name="Sequence">The number of the message within its exchange: 1 for the first, one more for each that follows.</param>
[JsonConverter(typeof(MessageKeyJsonConverter))]
public readonly record struct MessageKey(long TimestampMicros, long Sequence) : IComparable<MessageKey>
{
    /// <inheritdoc/>
    public int CompareTo(MessageKey other) =>
        TimestampMicros != other.TimestampMicros
            ? TimestampMicros.CompareTo(other.TimestampMicros)
            : Sequence.CompareTo(other.Sequence);

    /// <summary>Whether <paramref name="left"/> came before <paramref name="right"/>.</summary>
    public static bool operator <(MessageKey left, MessageKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> came after <paramref name="right"/>.</summary>
    public static bool operator >(MessageKey left, MessageKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> came before <paramref name="right"/> or is it.</summary>
    public static bool operator <=(MessageKey left, MessageKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> came after <paramref name="right"/> or is it.</summary>
    public static bool operator >=(MessageKey left, MessageKey right) => left.CompareTo(right) >= 0;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MessageKey key)
    {
        key = default;
        var dash = text.IndexOf('-');
        if (dash <= 0
            || !long.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp)
            || !long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return false;
        key = new MessageKey(timestamp, sequence);
        return true;
    }

    /// <summary>The form that is stored, sent and used for paging: <c>1732310000000000-17</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TimestampMicros}-{Sequence}");
}

/// <summary>The keys of messages that were accepted together.</summary>
/// <param name="First">The key of the first.</param>
/// <param name="Last">The key of the last.</param>
public readonly record struct KeyRange(MessageKey First, MessageKey Last);
