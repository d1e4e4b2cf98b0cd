namespace Weir.Pravega.Wire;

/// <summary>Asks what a segment is just now.</summary>
internal sealed record GetStreamSegmentInfo(long RequestId, string Segment, string Token) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.GetStreamSegmentInfo;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
    }

    public static GetStreamSegmentInfo Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.Text());
}

/// <summary>What a segment is just now.</summary>
internal sealed record StreamSegmentInfo(long RequestId, string Segment, bool Exists, bool IsSealed, bool IsDeleted, long LastModified, long Length, long StartOffset)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.StreamSegmentInfo;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Bool(Exists);
        writer.Bool(IsSealed);
        writer.Bool(IsDeleted);
        writer.Int64(LastModified);
        writer.Int64(Length);
        writer.Int64(StartOffset);
    }

    public static StreamSegmentInfo Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Bool(), reader.Bool(), reader.Bool(), reader.Int64(), reader.Int64(),
        reader.Int64Or(0));
}

/// <summary>Makes a segment.</summary>
internal sealed record CreateSegment(long RequestId, string Segment, int TargetRate, byte ScaleType, string Token, long RolloverBytes)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.CreateSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Int32(TargetRate);
        writer.Byte(ScaleType);
        writer.Text(Token);
        writer.Int64(RolloverBytes);
    }

    public static CreateSegment Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Int32(), reader.Byte(), reader.Text(), reader.Int64Or(0));
}

/// <summary>The segment, or table segment, is there now.</summary>
internal sealed record SegmentCreated(long RequestId, string Segment) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SegmentCreated;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
    }

    public static SegmentCreated Read(ref WireReader reader) => new(reader.Int64(), reader.Text());
}

/// <summary>Closes a segment.</summary>
internal sealed record SealSegment(long RequestId, string Segment, string Token) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SealSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
    }

    public static SealSegment Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.Text());
}

/// <summary>The segment is closed.</summary>
internal sealed record SegmentSealed(long RequestId, string Segment) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SegmentSealed;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
    }

    public static SegmentSealed Read(ref WireReader reader) => new(reader.Int64(), reader.Text());
}

/// <summary>Removes a segment.</summary>
internal sealed record DeleteSegment(long RequestId, string Segment, string Token) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.DeleteSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
    }

    public static DeleteSegment Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.Text());
}

/// <summary>The segment is gone.</summary>
internal sealed record SegmentDeleted(long RequestId, string Segment) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SegmentDeleted;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
    }

    public static SegmentDeleted Read(ref WireReader reader) => new(reader.Int64(), reader.Text());
}

/// <summary>Asks for a number that a segment keeps under a key.</summary>
internal sealed record GetSegmentAttribute(long RequestId, string Segment, Guid Attribute, string Token)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.GetSegmentAttribute;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Uuid(Attribute);
        writer.Text(Token);
    }

    public static GetSegmentAttribute Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Uuid(), reader.Text());
}

/// <summary>The number; <see cref="long.MinValue"/> where there is none.</summary>
internal sealed record SegmentAttribute(long RequestId, long Value) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SegmentAttribute;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Int64(Value);
    }

    public static SegmentAttribute Read(ref WireReader reader) => new(reader.Int64(), reader.Int64());
}

/// <summary>Sets a number where the former one is as expected.</summary>
internal sealed record UpdateSegmentAttribute(long RequestId, string Segment, Guid Attribute, long Value, long Expected, string Token)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.UpdateSegmentAttribute;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Uuid(Attribute);
        writer.Int64(Value);
        writer.Int64(Expected);
        writer.Text(Token);
    }

    public static UpdateSegmentAttribute Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Uuid(), reader.Int64(), reader.Int64(), reader.Text());
}

/// <summary>Whether it was as expected.</summary>
internal sealed record SegmentAttributeUpdated(long RequestId, bool IsDone) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SegmentAttributeUpdated;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Bool(IsDone);
    }

    public static SegmentAttributeUpdated Read(ref WireReader reader) => new(reader.Int64(), reader.Bool());
}

/// <summary>Gives up what lies before an offset.</summary>
internal sealed record TruncateSegment(long RequestId, string Segment, long Offset, string Token)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.TruncateSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Int64(Offset);
        writer.Text(Token);
    }

    public static TruncateSegment Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Int64(), reader.Text());
}

/// <summary>What lay before it is given up.</summary>
internal sealed record SegmentTruncated(long RequestId, string Segment) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SegmentTruncated;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
    }

    public static SegmentTruncated Read(ref WireReader reader) => new(reader.Int64(), reader.Text());
}

/// <summary>Makes a segment to collect an event that is too large for one frame.</summary>
internal sealed record CreateTransientSegment(long RequestId, Guid Writer, string Segment, string Token)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.CreateTransientSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Uuid(Writer);
        writer.Text(Segment);
        writer.Text(Token);
    }

    public static CreateTransientSegment Read(ref WireReader reader) => new(
        reader.Int64(), reader.Uuid(), reader.Text(), reader.Text());
}

/// <summary>Asks for the event boundary at or before an offset.</summary>
internal sealed record LocateOffset(long RequestId, string Segment, long Target, string Token)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.LocateOffset;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Int64(Target);
        writer.Text(Token);
    }

    public static LocateOffset Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Int64(), reader.Text());
}

/// <summary>The boundary.</summary>
internal sealed record OffsetLocated(long RequestId, string Segment, long Offset) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.OffsetLocated;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Int64(Offset);
    }

    public static OffsetLocated Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.Int64());
}

/// <summary>Puts one segment at the end of another. Conditions on attributes, which the protocol knows, are not used.</summary>
internal sealed record MergeSegments(long RequestId, string Target, string Source, string Token) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.MergeSegments;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Target);
        writer.Text(Source);
        writer.Text(Token);
        writer.Int32(0);
    }

    public static MergeSegments Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.Text(), reader.Text());
}

/// <summary>One segment was put at the end of the other.</summary>
internal sealed record SegmentsMerged(long RequestId, string Target, string Source, long TargetLength)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SegmentsMerged;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Target);
        writer.Text(Source);
        writer.Int64(TargetLength);
    }

    public static SegmentsMerged Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), reader.Int64Or(-1));
}
