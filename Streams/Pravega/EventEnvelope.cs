using System.Buffers.Binary;
using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>
/// An event as Weir writes it to Pravega: its timestamp as <c>int64</c>, big-endian, in microseconds since 1970, then its
/// payload. Other Pravega clients read it so.
/// </summary>
internal static class EventEnvelope
{
    public const int Head = sizeof(long);

    /// <summary>What an event takes in a segment beside its payload: Pravega's header and this one.</summary>
    public const int Overhead = SharedEvents.EventHeader + Head;

    /// <summary>Reads one; false where some other client wrote less than a head.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> written, out long timestamp, out ReadOnlyMemory<byte> payload)
    {
        (timestamp, payload) = (0, written);
        if (written.Length < Head) return false;
        timestamp = BinaryPrimitives.ReadInt64BigEndian(written.Span);
        payload = written[Head..];
        return true;
    }
}

/// <summary>The events of a batch from some index on, as they write themselves to Pravega.</summary>
internal readonly struct BatchEvents(ReadOnlyMemory<StreamEvent> events) : IEventSource
{
    public int Count => events.Length;

    public int SizeOf(int index) => EventEnvelope.Head + events.Span[index].Payload.Length;

    public void CopyTo(int index, Span<byte> target)
    {
        ref readonly var one = ref events.Span[index];
        BinaryPrimitives.WriteInt64BigEndian(target, one.Timestamp);
        one.Payload.Span.CopyTo(target[EventEnvelope.Head..]);
    }
}
