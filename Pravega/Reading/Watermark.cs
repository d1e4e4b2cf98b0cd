using System.Buffers;
using System.Runtime.CompilerServices;
using Weir.Pravega.Connections;
using Weir.Pravega.Wire;

namespace Weir.Pravega;

/// <summary>
/// A place in a stream and the times that its writers had reported when they came there: all events before it were written
/// with times up to <see cref="Upper"/>, and no event behind it was reported before <see cref="Lower"/>.
/// </summary>
/// <param name="Lower">The lowest time of the writers.</param>
/// <param name="Upper">The highest.</param>
/// <param name="Segments">The place: each segment with the part of the keys that it stands for, and the offset in it.</param>
public sealed record Watermark(long Lower, long Upper, IReadOnlyList<(SegmentRange Range, long Offset)> Segments)
{
    /// <summary>The place as a cut.</summary>
    public StreamCut Cut => new(Segments[0].Range.Segment.Stream, Segments.Select(s => KeyValuePair.Create(s.Range.Segment.Id, s.Offset)));

    /// <summary>
    /// Whether a position of a reader lies at or behind it. Where keys have gone over to a later segment, they have passed it.
    /// </summary>
    public bool IsPassedBy(IEnumerable<(SegmentRange Range, long Offset)> position) =>
        position.All(at => Segments.All(mark =>
            !mark.Range.Overlaps(at.Range.Low, at.Range.High)
            || (mark.Range.Segment == at.Range.Segment ? at.Offset >= mark.Offset : at.Range.Segment.Epoch > mark.Range.Segment.Epoch)));

    /// <summary>The stream in which the controller keeps the marks of another.</summary>
    internal static ScopedStream StreamOf(ScopedStream stream) => new(stream.Scope, "_MARK" + stream.Stream);

    internal static async IAsyncEnumerable<Watermark> ReadAsync(
        SegmentServices services, ScopedStream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = new SegmentReader(services, StreamSegment.Of(StreamOf(stream), 0, 0), 0);
        while (true)
        {
            using var events = await NextAsync(reader, cancellationToken).ConfigureAwait(false);
            foreach (var one in events) yield return Parse(stream, one.Payload);
            if (events.IsEndOfSegment) yield break;
        }
    }

    // Old marks are truncated away by the controller.
    private static async ValueTask<SegmentEvents> NextAsync(SegmentReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PravegaTruncatedException e) when (e.StartOffset is { } start)
            {
                reader.MoveTo(start);
            }
        }
    }

    /// <summary>Reads the form in which the controller writes a mark: a versioned record of times and a map of segments to offsets.</summary>
    internal static Watermark Parse(ScopedStream stream, ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(new ReadOnlySequence<byte>(payload));
        SkipVersion(ref reader);
        reader.Int32();
        var (lower, upper) = (reader.Int64(), reader.Int64());
        var count = CompactInt(ref reader);
        const int EntryBytes = 4 + 4 + 24 + 8;
        if (count < 0 || (long)count * EntryBytes > reader.Remaining) throw new PravegaProtocolException($"A watermark of stream '{stream}' says that it has {count} segments, but is too short.");
        var segments = new (SegmentRange, long)[count];
        for (var i = 0; i < count; i++)
        {
            SkipVersion(ref reader);
            reader.Int32();
            var segment = new StreamSegment(stream, reader.Int64());
            var (low, high) = (BitConverter.Int64BitsToDouble(reader.Int64()), BitConverter.Int64BitsToDouble(reader.Int64()));
            segments[i] = (new SegmentRange(segment, low, high), reader.Int64());
        }
        return new Watermark(lower, upper, segments);
    }

    // Format 0, version 0, one revision, revision 0.
    private static void SkipVersion(ref WireReader reader)
    {
        var (format, version, revisions, revision) = (reader.Byte(), reader.Byte(), reader.Byte(), reader.Byte());
        if (format != 0 || version != 0 || revisions < 1 || revision != 0)
            throw new PravegaProtocolException($"A watermark has a form ({format}, {version}, {revisions}, {revision}) that this client does not know.");
    }

    // One byte below 128, two bytes with 10 in front, four with 11.
    private static int CompactInt(ref WireReader reader)
    {
        var first = reader.Byte();
        if (first < 0x80) return first;
        if ((first & 0x40) == 0) return ((first & 0x3F) << 8) | reader.Byte();
        return ((first & 0x3F) << 24) | (reader.Byte() << 16) | (reader.Byte() << 8) | reader.Byte();
    }
}
