namespace Weir.Archive;

/// <summary>
/// Gives keys that rise and never repeat, whatever the clock does. For one caller at a time: who stamps a batch must
/// also hand it to the stream before the next is stamped, so that key order is stream order.
/// </summary>
internal sealed class MessageKeySource(TimeProvider time, MessageKey last)
{
    /// <summary>The newest key that was given.</summary>
    public MessageKey Last { get; private set; } = last;

    /// <summary>The clock, in microseconds since 1970-01-01 UTC.</summary>
    public static long Now(TimeProvider time) => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Stamps messages whose own times rise from <paramref name="first"/> over <paramref name="span"/>.</summary>
    /// <returns>The time below which no key of the batch lies, and the sequence of its first message.</returns>
    public (long Floor, long Sequence) Stamp(long first, long span, int count)
    {
        var floor = Math.Max(first, Last.TimestampMicros);
        var sequence = Last.Sequence + 1;
        Last = new MessageKey(Math.Max(floor, first + span), Last.Sequence + count);
        return (floor, sequence);
    }

    /// <summary>Gives up one key, so that a loss of unknown size has an end that every later message comes after.</summary>
    public MessageKey Skip()
    {
        Stamp(Now(time), 0, 1);
        return Last;
    }
}
