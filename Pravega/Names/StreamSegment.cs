using System.Globalization;

namespace Weir.Pravega;

/// <summary>
/// A segment of a stream: a number and the epoch in which it was made. Numbers come again in later epochs, so neither
/// part alone names a segment.
/// </summary>
/// <param name="Stream">The stream.</param>
/// <param name="Id"><c>epoch &lt;&lt; 32 | number</c>, as the controller counts.</param>
public readonly record struct StreamSegment(ScopedStream Stream, long Id)
{
    /// <summary>The epoch in which it was made; from 0.</summary>
    public int Epoch => (int)(Id >> 32);

    /// <summary>Its number within the stream; from 0.</summary>
    public int Number => (int)Id;

    /// <summary>The name by which the segment store knows it: <c>scope/stream/number.#epoch.epoch</c>.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Stream}/{Number}.#epoch.{Epoch}");

    /// <summary>A segment by number and epoch.</summary>
    public static StreamSegment Of(ScopedStream stream, int number, int epoch) => new(stream, ((long)epoch << 32) | (uint)number);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A segment with the part of the key space that it holds: greater than <paramref name="Low"/>, up to <paramref name="High"/>.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Low">Lower bound, 0 to 1; excluded, except that 0 belongs to the first segment.</param>
/// <param name="High">Upper bound, included.</param>
public readonly record struct SegmentRange(StreamSegment Segment, double Low, double High)
{
    /// <summary>Whether a key's place lies in it.</summary>
    public bool Contains(double place) => (place > Low || (place == 0 && Low == 0)) && place <= High;

    /// <summary>Whether both hold some of the same keys.</summary>
    public bool Overlaps(double low, double high) => Low < high && low < High;
}

/// <summary>A segment that follows others after a scale, with all that it follows.</summary>
/// <param name="Range">The segment and its keys.</param>
/// <param name="Predecessors">The ids of all segments whose keys it has taken over, of whom some may still be unread.</param>
public sealed record Successor(SegmentRange Range, IReadOnlyList<long> Predecessors);
