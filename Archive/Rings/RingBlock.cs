using Weir.Streams;

namespace Weir.Archive;

/// <summary>A block of messages as the ring holds it: the stream's own memory, not a copy.</summary>
/// <param name="First">The key of its first message.</param>
/// <param name="Last">The key of its last message.</param>
/// <param name="Messages">How many messages it holds.</param>
/// <param name="Bytes">The encoded block.</param>
/// <param name="Position">The stream's position of it.</param>
/// <param name="Next">The stream's position after it.</param>
/// <param name="Arrived">When it came here, as a timestamp of the exchange's clock. Its keys may speak of an older time.</param>
internal readonly record struct RingBlock(
    MessageKey First, MessageKey Last, int Messages, ReadOnlyMemory<byte> Bytes, StreamPosition Position, StreamPosition Next, long Arrived)
{
    // This struct, the event beside it and its share of their arrays: what a block takes besides its bytes.
    private const int Overhead = 176;

    /// <summary>What it takes of the ring's memory.</summary>
    public int Cost => Bytes.Length + Overhead;

    /// <exception cref="InvalidDataException">The event is no block of messages.</exception>
    public static RingBlock Read(in StoredEvent stored, StreamPosition next, long arrived)
    {
        var header = MessageBlock.ReadHeader(stored.Payload.Span);
        return new RingBlock(header.FirstKey, header.LastKey, header.Count, stored.Payload, stored.Position, next, arrived);
    }
}
