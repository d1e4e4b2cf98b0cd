namespace Weir.Pravega.Wire;

/// <summary>Another server has the segment.</summary>
internal sealed record WrongHost(long RequestId, string Segment, string CorrectHost, string StackTrace)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.WrongHost;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(CorrectHost);
        writer.Text(StackTrace);
    }

    public static WrongHost Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), reader.TextOr(""));
}

/// <summary>The segment takes no more; of an append, the last field is its event number.</summary>
internal sealed record SegmentIsSealed(long RequestId, string Segment, string StackTrace, long Offset)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.SegmentIsSealed;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(StackTrace);
        writer.Int64(Offset);
    }

    public static SegmentIsSealed Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.TextOr(""), reader.Int64Or(-1));
}

/// <summary>There is a segment of that name.</summary>
internal sealed record SegmentAlreadyExists(long RequestId, string Segment, string StackTrace)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.SegmentAlreadyExists;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(StackTrace);
    }

    public static SegmentAlreadyExists Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.TextOr(""));
}

/// <summary>There is no segment of that name, or no more.</summary>
internal sealed record NoSuchSegment(long RequestId, string Segment, string StackTrace, long Offset)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.NoSuchSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(StackTrace);
        writer.Int64(Offset);
    }

    public static NoSuchSegment Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.TextOr(""), reader.Int64Or(-1));
}

/// <summary>A higher number of this writer is stored: somebody else has taken the writer over.</summary>
internal sealed record InvalidEventNumber(Guid Writer, long RequestId, string StackTrace, long EventNumber)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.InvalidEventNumber;

    public override void WriteBody(WireWriter writer)
    {
        writer.Uuid(Writer);
        writer.Int64(RequestId);
        writer.Text(StackTrace);
        writer.Int64(EventNumber);
    }

    public static InvalidEventNumber Read(ref WireReader reader) => new(
        reader.Uuid(), reader.Int64(), reader.TextOr(""), reader.Int64Or(0));
}

/// <summary>The offset lies before what the segment still has.</summary>
internal sealed record SegmentIsTruncated(long RequestId, string Segment, long StartOffset, string StackTrace, long Offset)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.SegmentIsTruncated;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Int64(StartOffset);
        writer.Text(StackTrace);
        writer.Int64(Offset);
    }

    public static SegmentIsTruncated Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Int64(), reader.TextOr(""), reader.Int64Or(-1));
}

/// <summary>The server cannot do that.</summary>
internal sealed record OperationUnsupported(long RequestId, string Operation, string StackTrace)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.OperationUnsupported;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Operation);
        writer.Text(StackTrace);
    }

    public static OperationUnsupported Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.TextOr(""));
}

/// <summary>The token does not allow it; code 1 says that it has run out.</summary>
internal sealed record AuthTokenCheckFailed(long RequestId, string StackTrace, int Code) : WireCommand, IFailureReply
{
    public override WireType Type => WireType.AuthTokenCheckFailed;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(StackTrace);
        writer.Int32(Code);
    }

    public static AuthTokenCheckFailed Read(ref WireReader reader) => new(
        reader.Int64(), reader.TextOr(""), reader.Int32Or(-1));
}

/// <summary>Anything else.</summary>
internal sealed record ErrorMessage(long RequestId, string Segment, string Message, int Code)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.ErrorMessage;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Message);
        writer.Int32(Code);
    }

    public static ErrorMessage Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), reader.Int32());
}

/// <summary>The table has entries and was to be deleted only without.</summary>
internal sealed record TableSegmentNotEmpty(long RequestId, string Segment, string StackTrace)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.TableSegmentNotEmpty;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(StackTrace);
    }

    public static TableSegmentNotEmpty Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.TextOr(""));
}

/// <summary>A key that was to be there is not.</summary>
internal sealed record TableKeyDoesNotExist(long RequestId, string Segment, string StackTrace)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.TableKeyDoesNotExist;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(StackTrace);
    }

    public static TableKeyDoesNotExist Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.TextOr(""));
}

/// <summary>A key has another version than was expected.</summary>
internal sealed record TableKeyBadVersion(long RequestId, string Segment, string StackTrace)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.TableKeyBadVersion;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(StackTrace);
    }

    public static TableKeyBadVersion Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.TextOr(""));
}
