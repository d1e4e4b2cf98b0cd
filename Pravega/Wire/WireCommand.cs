using System.Buffers;
using System.Buffers.Binary;

namespace Weir.Pravega.Wire;

/// <summary>A message of the wire protocol. It knows its type and how its body is written; <see cref="WireCodec"/> reads.</summary>
internal abstract record WireCommand
{
    /// <summary>The type code in the frame's header.</summary>
    public abstract WireType Type { get; }

    /// <summary>Writes what follows the header.</summary>
    public abstract void WriteBody(WireWriter writer);
}

/// <summary>A message that asks or answers under a number of the asker's choice.</summary>
internal interface IRequestCommand
{
    long RequestId { get; }
}

/// <summary>An answer that says no.</summary>
internal interface IFailureReply : IRequestCommand;

/// <summary>Frames: <c>int32 type, int32 length, body</c>, big-endian.</summary>
internal static class WireCodec
{
    public const int HeaderSize = 8;

    /// <summary>The server closes a connection on a frame that is larger, header included.</summary>
    public const int MaxFrameSize = (1 << 24) - 1;

    private delegate WireCommand BodyReader(ref WireReader reader);

    // The one table of what can be read.
    private static readonly Dictionary<WireType, BodyReader> Readers = new()
    {
        [WireType.Hello] = Hello.Read,
        [WireType.KeepAlive] = KeepAlive.Read,
        [WireType.Padding] = Padding.Read,
        [WireType.PartialEvent] = PartialEvent.Read,
        [WireType.SetupAppend] = SetupAppend.Read,
        [WireType.AppendSetup] = AppendSetup.Read,
        [WireType.AppendBlockEnd] = AppendBlockEnd.Read,
        [WireType.ConditionalAppend] = ConditionalAppend.Read,
        [WireType.ConditionalBlockEnd] = ConditionalBlockEnd.Read,
        [WireType.DataAppended] = DataAppended.Read,
        [WireType.ConditionalCheckFailed] = ConditionalCheckFailed.Read,
        [WireType.ReadSegment] = ReadSegment.Read,
        [WireType.SegmentRead] = SegmentRead.Read,
        [WireType.GetStreamSegmentInfo] = GetStreamSegmentInfo.Read,
        [WireType.StreamSegmentInfo] = StreamSegmentInfo.Read,
        [WireType.CreateSegment] = CreateSegment.Read,
        [WireType.SegmentCreated] = SegmentCreated.Read,
        [WireType.SealSegment] = SealSegment.Read,
        [WireType.SegmentSealed] = SegmentSealed.Read,
        [WireType.DeleteSegment] = DeleteSegment.Read,
        [WireType.SegmentDeleted] = SegmentDeleted.Read,
        [WireType.GetSegmentAttribute] = GetSegmentAttribute.Read,
        [WireType.SegmentAttribute] = SegmentAttribute.Read,
        [WireType.UpdateSegmentAttribute] = UpdateSegmentAttribute.Read,
        [WireType.SegmentAttributeUpdated] = SegmentAttributeUpdated.Read,
        [WireType.TruncateSegment] = TruncateSegment.Read,
        [WireType.SegmentTruncated] = SegmentTruncated.Read,
        [WireType.CreateTransientSegment] = CreateTransientSegment.Read,
        [WireType.LocateOffset] = LocateOffset.Read,
        [WireType.OffsetLocated] = OffsetLocated.Read,
        [WireType.MergeSegments] = MergeSegments.Read,
        [WireType.SegmentsMerged] = SegmentsMerged.Read,
        [WireType.WrongHost] = WrongHost.Read,
        [WireType.SegmentIsSealed] = SegmentIsSealed.Read,
        [WireType.SegmentAlreadyExists] = SegmentAlreadyExists.Read,
        [WireType.NoSuchSegment] = NoSuchSegment.Read,
        [WireType.InvalidEventNumber] = InvalidEventNumber.Read,
        [WireType.SegmentIsTruncated] = SegmentIsTruncated.Read,
        [WireType.OperationUnsupported] = OperationUnsupported.Read,
        [WireType.AuthTokenCheckFailed] = AuthTokenCheckFailed.Read,
        [WireType.ErrorMessage] = ErrorMessage.Read,
        [WireType.GetTableSegmentInfo] = GetTableSegmentInfo.Read,
        [WireType.TableSegmentInfo] = TableSegmentInfo.Read,
        [WireType.CreateTableSegment] = CreateTableSegment.Read,
        [WireType.DeleteTableSegment] = DeleteTableSegment.Read,
        [WireType.UpdateTableEntries] = UpdateTableEntries.Read,
        [WireType.TableEntriesUpdated] = TableEntriesUpdated.Read,
        [WireType.RemoveTableKeys] = RemoveTableKeys.Read,
        [WireType.TableKeysRemoved] = TableKeysRemoved.Read,
        [WireType.ReadTable] = ReadTable.Read,
        [WireType.TableRead] = TableRead.Read,
        [WireType.TableSegmentNotEmpty] = TableSegmentNotEmpty.Read,
        [WireType.TableKeyDoesNotExist] = TableKeyDoesNotExist.Read,
        [WireType.TableKeyBadVersion] = TableKeyBadVersion.Read,
        [WireType.ReadTableKeys] = ReadTableKeys.Read,
        [WireType.TableKeysRead] = TableKeysRead.Read,
        [WireType.ReadTableEntries] = ReadTableEntries.Read,
        [WireType.TableEntriesRead] = TableEntriesRead.Read,
    };

    /// <summary>The types that can be read.</summary>
    public static IEnumerable<WireType> Known => Readers.Keys;

    /// <summary>Writes a whole frame.</summary>
    public static void Write(WireCommand command, ArrayBufferWriter<byte> target)
    {
        var start = target.WrittenCount;
        var writer = new WireWriter(target);
        writer.Int32((int)command.Type);
        writer.Int32(0);
        command.WriteBody(writer);
        var length = target.WrittenCount - start - HeaderSize;
        if (length + HeaderSize > MaxFrameSize)
            throw new PravegaProtocolException($"A {command.Type} of {length:N0} bytes is larger than the {MaxFrameSize:N0} that the segment store takes.");
        // The writer's memory is its own array, so the length can be put in behind what was written.
        if (!System.Runtime.InteropServices.MemoryMarshal.TryGetArray(target.WrittenMemory, out var written))
            throw new InvalidOperationException("The frame's memory is no array.");
        BinaryPrimitives.WriteInt32BigEndian(written.AsSpan(start + sizeof(int)), length);
    }

    /// <summary>
    /// Takes one frame off the front of what has arrived. False where it is not all there yet.
    /// </summary>
    /// <exception cref="PravegaProtocolException">It is no frame of this protocol, or larger than a frame may be.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out WireCommand? command)
    {
        command = null;
        var header = new SequenceReader<byte>(buffer);
        if (!header.TryReadBigEndian(out int type) || !header.TryReadBigEndian(out int length)) return false;
        if (length < 0 || length > MaxFrameSize - HeaderSize)
            throw new PravegaProtocolException($"The peer announces a frame of {length:N0} bytes; the most is {MaxFrameSize - HeaderSize:N0}. It does not speak Pravega's protocol.");
        if (!Readers.TryGetValue((WireType)type, out var read))
            throw new PravegaProtocolException($"The peer sends a frame of unknown type {type}. It does not speak Pravega's protocol, or a later form of it.");
        if (header.Remaining < length) return false;
        var body = new WireReader(buffer.Slice(HeaderSize, length));
        command = read(ref body);
        buffer = buffer.Slice(HeaderSize + length);
        return true;
    }
}
