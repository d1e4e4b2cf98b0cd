using System.Buffers.Binary;
using Weir.Pravega.Reading;

namespace Weir.Pravega.Tests.Writing;

/// <summary>
/// What a Pravega stream does, as far as the order of events goes: segments that are sealed and followed by others, and for
/// each writer the number of its last stored event. It does not leave repeats out, as the real one does not.
/// </summary>
internal sealed class ModelStream
{
    public static readonly ScopedStream Name = new("model", "stream");

    private readonly Dictionary<StreamSegment, Segment> segments = [];
    private int epoch;

    public ModelStream(int count) => Current = Make(0, 1, count);

    public List<SegmentRange> Current { get; private set; }

    public IReadOnlyList<SegmentRange> First => [.. segments.Values.Where(s => s.Range.Segment.Epoch == 0).Select(s => s.Range)];

    /// <summary>Puts other segments in the place of the current ones.</summary>
    public void Scale(int count) => Scale(0, Current.Count, count);

    /// <summary>Puts other segments in the place of some neighbours; those beside them stay.</summary>
    public void Scale(int first, int neighbours, int count)
    {
        var before = Current.GetRange(first, neighbours);
        epoch++;
        var made = Make(before[0].Low, before[^1].High, count);
        Current = [.. Current[..first], .. made, .. Current[(first + neighbours)..]];
        foreach (var former in before)
        {
            var segment = segments[former.Segment];
            segment.IsSealed = true;
            segment.Followers = [.. made.Where(next => next.Overlaps(former.Low, former.High))];
        }
    }

    /// <summary>What a committed transaction of an older epoch leaves: a copy of that epoch, and at once one of the present.</summary>
    public void Roll(int count)
    {
        var present = Current.Count;
        Scale(count);
        Scale(present);
    }

    public long LastStored(StreamSegment segment, Guid writer) => segments[segment].Last.GetValueOrDefault(writer, -1);

    /// <summary>Appends a block; false where the segment is sealed.</summary>
    public bool Append(StreamSegment segment, Guid writer, ReadOnlySpan<byte> data, long lastNumber)
    {
        var target = segments[segment];
        if (target.IsSealed) return false;
        while (data.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(data[4..]);
            target.Events.Add((BinaryPrimitives.ReadInt32BigEndian(data[8..]), BinaryPrimitives.ReadInt32BigEndian(data[12..])));
            data = data[(8 + length)..];
        }
        target.Last[writer] = lastNumber;
        return true;
    }

    public IReadOnlyList<(int Key, int Number)> Events(StreamSegment segment) => segments[segment].Events;

    public IReadOnlyList<SuccessorRange> Followers(StreamSegment segment) =>
        [.. segments[segment].Followers.Select(next => new SuccessorRange(
            next, [.. segments.Values.Where(s => s.Followers.Contains(next)).Select(s => s.Range)]))];

    private List<SegmentRange> Make(double low, double high, int count)
    {
        var made = Enumerable.Range(0, count).Select(i => new SegmentRange(
            StreamSegment.Of(Name, segments.Count + i, epoch), Bound(i), i == count - 1 ? high : Bound(i + 1))).ToList();
        foreach (var range in made) segments.Add(range.Segment, new Segment(range));
        return made;

        double Bound(int i) => low + (high - low) * i / count;
    }

    private sealed class Segment(SegmentRange range)
    {
        public SegmentRange Range => range;

        public List<(int Key, int Number)> Events { get; } = [];

        public Dictionary<Guid, long> Last { get; } = [];

        public bool IsSealed { get; set; }

        public List<SegmentRange> Followers { get; set; } = [];
    }
}
