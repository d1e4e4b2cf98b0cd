using System.Buffers;

namespace Weir.Pravega.Wire;

/// <summary>Asks for bytes from an offset; at the tail the answer is held until there are some.</summary>
internal sealed record ReadSegment(string Segment, long Offset, int SuggestedLength, string Token, long RequestId)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.ReadSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Text(Segment);
        writer.Int64(Offset);
        writer.Int32(SuggestedLength);
        writer.Text(Token);
        writer.Int64(RequestId);
    }

    public static ReadSegment Read(ref WireReader reader) => new(
        reader.Text(), reader.Int64(), reader.Int32(), reader.Text(), reader.Int64Or(0));
}

/// <summary>
/// Bytes of a segment. They lie in an array of the pool, with room before them for the beginning of an event that the bytes
/// before have; whoever takes the reply gives the array back, or lets the collector have it.
/// </summary>
internal sealed record SegmentRead(
    string Segment, long Offset, bool IsAtTail, bool IsEndOfSegment, ArraySegment<byte> Data, long RequestId)
    : WireCommand, IRequestCommand
{
    /// <summary>The room before the bytes.</summary>
    public const int RoomBefore = 1024;

    public override WireType Type => WireType.SegmentRead;

    public override void WriteBody(WireWriter writer)
    {
        writer.Text(Segment);
        writer.Int64(Offset);
        writer.Bool(IsAtTail);
        writer.Bool(IsEndOfSegment);
        writer.Buffer(Data);
        writer.Int64(RequestId);
    }

    public static SegmentRead Read(ref WireReader reader)
    {
        var (segment, offset, isAtTail, isEnd) = (reader.Text(), reader.Int64(), reader.Bool(), reader.Bool());
        var bytes = reader.Exactly(reader.Int32());
        var id = reader.Int64Or(0);
        if (bytes.IsEmpty) return new SegmentRead(segment, offset, isAtTail, isEnd, ArraySegment<byte>.Empty, id);
        var data = ArrayPool<byte>.Shared.Rent(RoomBefore + (int)bytes.Length);
        bytes.CopyTo(data.AsSpan(RoomBefore));
        return new SegmentRead(segment, offset, isAtTail, isEnd, new ArraySegment<byte>(data, RoomBefore, (int)bytes.Length), id);
    }
}
