namespace Weir.Pravega.Wire;

/// <summary>Asks what a table segment is just now.</summary>
internal sealed record GetTableSegmentInfo(long RequestId, string Segment, string Token) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.GetTableSegmentInfo;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
    }

    public static GetTableSegmentInfo Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), reader.Text());
}

/// <summary>What a table segment is just now.</summary>
internal sealed record TableSegmentInfo(long RequestId, string Segment, long StartOffset, long Length, long Entries, int KeyLength)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.TableSegmentInfo;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Int64(StartOffset);
        writer.Int64(Length);
        writer.Int64(Entries);
        writer.Int32(KeyLength);
    }

    public static TableSegmentInfo Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int32());
}

/// <summary>Makes a table segment; a key length of 0 lets keys be of any length.</summary>
internal sealed record CreateTableSegment(long RequestId, string Segment, string Token, bool IsSorted, int KeyLength, long RolloverBytes)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.CreateTableSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
        writer.Bool(IsSorted);
        writer.Int32(KeyLength);
        writer.Int64(RolloverBytes);
    }

    public static CreateTableSegment Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), reader.BoolOr(false), reader.Int32Or(0), reader.Int64Or(0));
}

/// <summary>Removes a table segment.</summary>
internal sealed record DeleteTableSegment(long RequestId, string Segment, bool MustBeEmpty, string Token)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.DeleteTableSegment;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Bool(MustBeEmpty);
        writer.Text(Token);
    }

    public static DeleteTableSegment Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Bool(), reader.Text());
}

/// <summary>Puts entries, all or none, where each key has the version it says.</summary>
internal sealed record UpdateTableEntries(long RequestId, string Segment, string Token, IReadOnlyList<WireEntry> Entries, long Offset)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.UpdateTableEntries;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
        WireEntry.WriteAll(writer, Entries);
        writer.Int64(Offset);
    }

    public static UpdateTableEntries Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), WireEntry.ReadAll(ref reader), reader.Int64Or(-1));
}

/// <summary>The new versions, in the order of the entries.</summary>
internal sealed record TableEntriesUpdated(long RequestId, IReadOnlyList<long> Versions) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.TableEntriesUpdated;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        WriteVersions(writer, Versions);
    }

    public static TableEntriesUpdated Read(ref WireReader reader) => new(reader.Int64(), ReadVersions(ref reader));
    private static void WriteVersions(WireWriter writer, IReadOnlyList<long> versions)
    {
        writer.Int32(versions.Count);
        foreach (var version in versions) writer.Int64(version);
    }

    private static long[] ReadVersions(ref WireReader reader)
    {
        var versions = new long[reader.Count(sizeof(long))];
        for (var i = 0; i < versions.Length; i++) versions[i] = reader.Int64();
        return versions;
    }
}

/// <summary>Removes keys, all or none, where each has the version it says.</summary>
internal sealed record RemoveTableKeys(long RequestId, string Segment, string Token, IReadOnlyList<WireKey> Keys, long Offset)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.RemoveTableKeys;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
        WireKey.WriteAll(writer, Keys);
        writer.Int64(Offset);
    }

    public static RemoveTableKeys Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), WireKey.ReadAll(ref reader), reader.Int64Or(-1));
}

/// <summary>The keys are gone.</summary>
internal sealed record TableKeysRemoved(long RequestId, string Segment) : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.TableKeysRemoved;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
    }

    public static TableKeysRemoved Read(ref WireReader reader) => new(reader.Int64(), reader.Text());
}

/// <summary>Asks for the values of keys.</summary>
internal sealed record ReadTable(long RequestId, string Segment, string Token, IReadOnlyList<WireKey> Keys)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.ReadTable;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
        WireKey.WriteAll(writer, Keys);
    }

    public static ReadTable Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), WireKey.ReadAll(ref reader));
}

/// <summary>An entry for each key asked for, in order; version -1 where there is none.</summary>
internal sealed record TableRead(long RequestId, string Segment, IReadOnlyList<WireEntry> Entries)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.TableRead;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        WireEntry.WriteAll(writer, Entries);
    }

    public static TableRead Read(ref WireReader reader) => new(reader.Int64(), reader.Text(), WireEntry.ReadAll(ref reader));
}

/// <summary>Asks for a page of keys.</summary>
internal sealed record ReadTableKeys(long RequestId, string Segment, string Token, int SuggestedCount, ReadOnlyMemory<byte> Continuation, ReadOnlyMemory<byte> Prefix, ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> To)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.ReadTableKeys;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
        writer.Int32(SuggestedCount);
        writer.Buffer(Continuation.Span);
        writer.Buffer(Prefix.Span);
        writer.Buffer(From.Span);
        writer.Buffer(To.Span);
    }

    public static ReadTableKeys Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), reader.Int32(), reader.Buffer(), reader.Buffer(),
        reader.Buffer(), reader.Buffer());
}

/// <summary>A page of keys; an empty continuation where it is the last.</summary>
internal sealed record TableKeysRead(long RequestId, string Segment, IReadOnlyList<WireKey> Keys, ReadOnlyMemory<byte> Continuation)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.TableKeysRead;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        WireKey.WriteAll(writer, Keys);
        writer.Buffer(Continuation.Span);
    }

    public static TableKeysRead Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), WireKey.ReadAll(ref reader), reader.Buffer());
}

/// <summary>Asks for a page of entries.</summary>
internal sealed record ReadTableEntries(long RequestId, string Segment, string Token, int SuggestedCount, ReadOnlyMemory<byte> Continuation, ReadOnlyMemory<byte> Prefix, ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> To)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.ReadTableEntries;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        writer.Text(Token);
        writer.Int32(SuggestedCount);
        writer.Buffer(Continuation.Span);
        writer.Buffer(Prefix.Span);
        writer.Buffer(From.Span);
        writer.Buffer(To.Span);
    }

    public static ReadTableEntries Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), reader.Text(), reader.Int32(), reader.Buffer(), reader.Buffer(),
        reader.Buffer(), reader.Buffer());
}

/// <summary>A page of entries; an empty continuation where it is the last.</summary>
internal sealed record TableEntriesRead(long RequestId, string Segment, IReadOnlyList<WireEntry> Entries, ReadOnlyMemory<byte> Continuation)
    : WireCommand, IRequestCommand
{
    public override WireType Type => WireType.TableEntriesRead;

    public override void WriteBody(WireWriter writer)
    {
        writer.Int64(RequestId);
        writer.Text(Segment);
        WireEntry.WriteAll(writer, Entries);
        writer.Buffer(Continuation.Span);
    }

    public static TableEntriesRead Read(ref WireReader reader) => new(
        reader.Int64(), reader.Text(), WireEntry.ReadAll(ref reader), reader.Buffer());
}
