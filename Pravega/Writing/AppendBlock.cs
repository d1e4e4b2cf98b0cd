using System.Buffers.Binary;
using Weir.Pravega.Wire;

namespace Weir.Pravega.Writing;

/// <summary>What is stored together or not at all: an event, or several of one key. A flush marker has no events.</summary>
internal readonly record struct AppendUnit(double Place, int Bytes, int Events, long LastNumber, IAppendCompletion? Completion);

/// <summary>
/// Framed events on their way to a segment: the frame <c>AppendBlockEnd</c> is built in place, so that each event's bytes are
/// copied once and sent as they lie.
/// </summary>
internal sealed class AppendBlock
{
    // type, length, writer, size of whole events, data length | events, last number, request id
    private const int Head = 4 + 4 + 16 + 4 + 4, Tail = 4 + 8 + 8;

    /// <summary>The most bytes of events that fit into one frame.</summary>
    public const int MostBytes = WireCodec.MaxFrameSize - Head - Tail;

    /// <summary>An event's own header: its type and length.</summary>
    public const int EventHeader = 8;

    private byte[] buffer = [];
    private AppendUnit[] units = [];

    /// <summary>Bytes of the events so far.</summary>
    public int Bytes { get; private set; }

    /// <summary>Number of events so far.</summary>
    public int Events { get; private set; }

    /// <summary>The writer's number of the last event; what acknowledges it acknowledges the block.</summary>
    public long LastNumber { get; private set; }

    /// <summary>Whether anybody waits for one of its units.</summary>
    public bool HasCompletions { get; private set; }

    /// <summary>Memory that it holds, in bytes.</summary>
    public int Capacity => buffer.Length;

    /// <summary>Whether it is a frame already and takes no more.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The frame; of a finished block.</summary>
    public ReadOnlyMemory<byte> Frame => buffer.AsMemory(0, Head + Bytes + Tail);

    public ReadOnlySpan<AppendUnit> Units => units.AsSpan(0, UnitCount);

    /// <summary>The events as they lie, each with its header.</summary>
    public ReadOnlySpan<byte> Data => buffer.AsSpan(Head, Bytes);

    private int UnitCount { get; set; }

    /// <summary>Makes room for a unit and returns where its bytes go.</summary>
    public Span<byte> Add(scoped in AppendUnit unit, int likelyBytes)
    {
        Reserve(unit.Bytes, likelyBytes);
        if (UnitCount == units.Length)
        {
            Array.Resize(ref units, Math.Max(64, units.Length * 2));
        }
        units[UnitCount++] = unit;
        var at = Head + Bytes;
        Bytes += unit.Bytes;
        Events += unit.Events;
        if (unit.Events > 0) LastNumber = unit.LastNumber;
        HasCompletions |= unit.Completion is not null;
        return buffer.AsSpan(at, unit.Bytes);
    }

    /// <summary>Writes one event with its header.</summary>
    public static void WriteEvent(Span<byte> room, ReadOnlySpan<byte> payload) => payload.CopyTo(Begin(room, payload.Length));

    /// <summary>Writes an event's header and returns where its payload goes.</summary>
    public static Span<byte> Begin(Span<byte> room, int payloadLength)
    {
        BinaryPrimitives.WriteInt32BigEndian(room, (int)WireType.Event);
        BinaryPrimitives.WriteInt32BigEndian(room[4..], payloadLength);
        return room.Slice(EventHeader, payloadLength);
    }

    /// <summary>Raises all its numbers. It must not be finished.</summary>
    public void NumberOn(long by)
    {
        foreach (ref var unit in units.AsSpan(0, UnitCount))
        {
            if (unit.Events > 0) unit = unit with { LastNumber = unit.LastNumber + by };
        }
        if (Events > 0) LastNumber += by;
    }

    /// <summary>Makes a frame of it.</summary>
    public void Finish(Guid writer, long requestId)
    {
        if (IsFinished) return;
        var span = buffer.AsSpan();
        BinaryPrimitives.WriteInt32BigEndian(span, (int)WireType.AppendBlockEnd);
        BinaryPrimitives.WriteInt32BigEndian(span[4..], Head - WireCodec.HeaderSize + Bytes + Tail);
        writer.TryWriteBytes(span[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(span[24..], Bytes);
        BinaryPrimitives.WriteInt32BigEndian(span[28..], Bytes);
        var tail = span[(Head + Bytes)..];
        BinaryPrimitives.WriteInt32BigEndian(tail, Events);
        BinaryPrimitives.WriteInt64BigEndian(tail[4..], LastNumber);
        BinaryPrimitives.WriteInt64BigEndian(tail[12..], requestId);
        IsFinished = true;
    }

    /// <summary>Empties it, for the block to be used again with its memory.</summary>
    public void Clear()
    {
        Array.Clear(units, 0, UnitCount);
        (Bytes, Events, LastNumber, UnitCount, IsFinished, HasCompletions) = (0, 0, 0, 0, false, false);
    }

    private void Reserve(int bytes, int likelyBytes)
    {
        var needed = Head + Bytes + bytes + Tail;
        if (needed <= buffer.Length) return;
        var larger = GC.AllocateUninitializedArray<byte>(
            Math.Max(needed, buffer.Length == 0 ? Math.Min(likelyBytes + Head + Tail, MostBytes) : Math.Min(buffer.Length * 2, WireCodec.MaxFrameSize)));
        if (Bytes > 0) Data.CopyTo(larger.AsSpan(Head));
        buffer = larger;
    }
}
