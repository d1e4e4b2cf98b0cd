namespace Weir.Pravega.Wire;

/// <summary>Opens a segment for a writer on this connection.</summary>
internal sealed record SetupAppend(long RequestId, Guid Writer, string Segment, string Token)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.SetupAppend;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Uuid(Writer);
        writer.Text(Segment);
        writer.Text(Token);
    }

    public static SetupAppend Read(ref WireReader reader) => new(
        reader.Int64(), reader.Uuid(), reader.Text(), reader.Text());
}

/// <summary>The segment is open; the highest event number that is stored of this writer, or <see cref="long.MinValue"/>.</summary>
internal sealed record AppendSetup(long RequestId, string Segment, Guid Writer, long LastEventNumber)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.AppendSetup;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Uuid(Writer);
        writer.Int64(LastEventNumber);
    }

    public static AppendSetup Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Uuid(), reader.Int64());
}

/// <summary>Whole events, stored together or not at all.</summary>
internal sealed record AppendBlockEnd(Guid Writer, int SizeOfWholeEvents, ReadOnlyMemory<byte> Data, int Events, long LastEventNumber, long RequestId)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.AppendBlockEnd;

    public override void WriteBody(WireWriter writer)
    {
        writer.Uuid(Writer);
        writer.Int32(SizeOfWholeEvents);
        writer.Buffer(Data.Span);
        writer.Int32(Events);
        writer.Int64(LastEventNumber);
        writer.Int64(RequestId);
    }

    public static AppendBlockEnd Read(ref WireReader reader) => new(
        reader.Uuid(), reader.Int32(), reader.Buffer(), reader.Int32(), reader.Int64(), reader.Int64Or(0));
}

/// <summary>One event with its frame header, stored only where the segment ends at the offset.</summary>
internal sealed record ConditionalAppend(Guid Writer, long EventNumber, long ExpectedOffset, ReadOnlyMemory<byte> Payload, long RequestId)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.ConditionalAppend;

    public override void WriteBody(WireWriter writer)
    {
        writer.Uuid(Writer);
        writer.Int64(EventNumber);
        writer.Int64(ExpectedOffset);
        writer.Int32((int)WireType.Event);
        writer.Buffer(Payload.Span);
        writer.Int64(RequestId);
    }

    public static ConditionalAppend Read(ref WireReader reader)
    {
        var (writer, number, offset, type) = (reader.Uuid(), reader.Int64(), reader.Int64(), reader.Int32());
        if (type != (int)WireType.Event) throw new PravegaProtocolException($"A conditional append must hold an event, but holds a frame of type {type}.");
        return new ConditionalAppend(writer, number, offset, reader.Buffer(), reader.Int64Or(0));
    }
}

/// <summary>Bytes as they are, stored only where the segment ends at the offset.</summary>
internal sealed record ConditionalBlockEnd(Guid Writer, long EventNumber, long ExpectedOffset, ReadOnlyMemory<byte> Data, long RequestId)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.ConditionalBlockEnd;

    public override void WriteBody(WireWriter writer)
    {
        writer.Uuid(Writer);
        writer.Int64(EventNumber);
        writer.Int64(ExpectedOffset);
        writer.Buffer(Data.Span);
        writer.Int64(RequestId);
    }

    public static ConditionalBlockEnd Read(ref WireReader reader) => new(
        reader.Uuid(), reader.Int64(), reader.Int64(), reader.Buffer(), reader.Int64Or(0));
}

/// <summary>All of a writer up to this event is stored. Cumulative: numbers may be passed over.</summary>
internal sealed record DataAppended(Guid Writer, long EventNumber, long PreviousEventNumber, long RequestId, long SegmentLength)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.DataAppended;

    public override void WriteBody(WireWriter writer)
    {
        writer.Uuid(Writer);
        writer.Int64(EventNumber);
        writer.Int64(PreviousEventNumber);
        writer.Int64(RequestId);
        writer.Int64(SegmentLength);
    }

    public static DataAppended Read(ref WireReader reader) => new(
        reader.Uuid(), reader.Int64(), reader.Int64Or(long.MinValue), reader.Int64Or(0), reader.Int64Or(-1));
}

/// <summary>The segment did not end at the offset.</summary>
internal sealed record ConditionalCheckFailed(Guid Writer, long EventNumber, long RequestId)
    : WireCommand, IFailureReply
{
    public override WireType Type => WireType.ConditionalCheckFailed;

    public override void WriteBody(WireWriter writer)
    {
        writer.Uuid(Writer);
        writer.Int64(EventNumber);
        writer.Int64(RequestId);
    }

    public static ConditionalCheckFailed Read(ref WireReader reader) => new(
        reader.Uuid(), reader.Int64(), reader.Int64Or(0));
}
