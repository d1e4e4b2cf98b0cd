using System.Globalization;

namespace Weir.Streams;

/// <summary>
/// A place between two events of a stream. Opaque to users of a store: keep it, compare it with another of the
/// same stream, give it back.
/// </summary>
/// <param name="Epoch">The stream's epoch (Pravega: it rises when the stream is scaled); 0 in the embedded log.</param>
/// <param name="Offset">The place within the epoch: an event number in the embedded log, a byte offset in Pravega.</param>
public readonly record struct StreamPosition(int Epoch, long Offset) : IComparable<StreamPosition>
{
    /// <summary>Before the oldest event that the stream still has; starting here is never a gap.</summary>
    public static readonly StreamPosition Earliest = new(0, -1);

    /// <summary>After the newest event at the moment of asking.</summary>
    public static readonly StreamPosition Latest = new(int.MaxValue, long.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(StreamPosition other) =>
        Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Offset.CompareTo(other.Offset);

    /// <summary>Whether <paramref name="left"/> lies before <paramref name="right"/>.</summary>
    public static bool operator <(StreamPosition left, StreamPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> lies after <paramref name="right"/>.</summary>
    public static bool operator >(StreamPosition left, StreamPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> lies before or at <paramref name="right"/>.</summary>
    public static bool operator <=(StreamPosition left, StreamPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> lies after or at <paramref name="right"/>.</summary>
    public static bool operator >=(StreamPosition left, StreamPosition right) => left.CompareTo(right) >= 0;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out StreamPosition position)
    {
        position = default;
        var parts = text?.Split(':');
        if (parts is not [var epochText, var offsetText]
            || !int.TryParse(epochText, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            || !long.TryParse(offsetText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset))
            return false;
        position = new StreamPosition(epoch, offset);
        return true;
    }

    /// <summary>The form that is stored and sent: <c>epoch:offset</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{Offset}");
}
