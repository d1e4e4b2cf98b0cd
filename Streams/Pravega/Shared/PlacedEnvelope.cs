using System.Buffers.Binary;
using Weir.Pravega;

namespace Weir.Streams.Pravega.Shared;

/// <summary>
/// An event in a stream that several queues share: its timestamp as everywhere (<see cref="EventEnvelope"/>), then the place
/// of its key as <c>float64</c>, big-endian, by which a queue knows its own, then its payload.
/// </summary>
internal static class PlacedEnvelope
{
    public const int Head = EventEnvelope.Head + sizeof(double);

    /// <summary>Reads one; false where some other client wrote less than a head.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> written, out long timestamp, out double place, out ReadOnlyMemory<byte> payload)
    {
        (timestamp, place, payload) = (0, 0, written);
        if (written.Length < Head) return false;
        timestamp = BinaryPrimitives.ReadInt64BigEndian(written.Span);
        place = BinaryPrimitives.ReadDoubleBigEndian(written.Span[EventEnvelope.Head..]);
        payload = written[Head..];
        return true;
    }
}

/// <summary>The events of a batch as they write themselves to a shared stream.</summary>
internal readonly struct PlacedEvents(ReadOnlyMemory<StreamEvent> events, double place) : IEventSource
{
    public int Count => events.Length;

    public int SizeOf(int index) => PlacedEnvelope.Head + events.Span[index].Payload.Length;

    public void CopyTo(int index, Span<byte> target)
    {
        ref readonly var one = ref events.Span[index];
        BinaryPrimitives.WriteInt64BigEndian(target, one.Timestamp);
        BinaryPrimitives.WriteDoubleBigEndian(target[EventEnvelope.Head..], place);
        one.Payload.Span.CopyTo(target[PlacedEnvelope.Head..]);
    }
}
