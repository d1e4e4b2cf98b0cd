using System.Buffers;

namespace Weir.Mqtt;

/// <summary>One whole packet in consecutive bytes.</summary>
internal readonly ref struct Frame(ReadOnlySpan<byte> bytes, int bodyStart)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Where the variable header begins.</summary>
    public int BodyStart { get; } = bodyStart;

    public PacketType Type => (PacketType)(Bytes[0] >> 4);

    public int Flags => Bytes[0] & 0x0F;

    public ReadOnlySpan<byte> Body => Bytes[BodyStart..];
}

/// <summary>Room for the one packet that lies across two blocks of the transport.</summary>
internal sealed class FrameScratch
{
    private const int KeptCapacity = 64 * 1024;

    [ThreadStatic]
    private static FrameScratch? ofThread;

    /// <summary>One for each thread: for who is done with a scan before it lets go of its thread.</summary>
    public static FrameScratch OfThread => ofThread ??= new FrameScratch();

    private byte[] bytes = [];

    public Span<byte> Rent(int size)
    {
        if (bytes.Length >= size) return bytes.AsSpan(0, size);
        var larger = new byte[Math.Max(size, 1024)];
        if (larger.Length <= KeptCapacity) bytes = larger;
        return larger.AsSpan(0, size);
    }
}

/// <summary>
/// Cuts what has been received into packets. Nearly all lie within one block and are handed out in place; the bytes of
/// a frame are valid until the next call.
/// </summary>
internal ref struct FrameScanner(ReadOnlySequence<byte> received, int maximumPacketSize, FrameScratch scratch)
{
    private const int LongestHeader = 5;

    private ReadOnlySequence<byte> rest = received;
    private ReadOnlySpan<byte> block = received.FirstSpan;
    private int at;

    /// <summary>Everything before this has been handed out.</summary>
    public readonly SequencePosition Consumed => rest.GetPosition(at);

    /// <summary>The type of the next packet; <see cref="PacketType.Reserved"/> when no byte of it is here.</summary>
    public readonly PacketType NextType
    {
        get
        {
            if (at < block.Length) return (PacketType)(block[at] >> 4);
            foreach (var memory in rest.Slice(at))
            {
                if (!memory.IsEmpty) return (PacketType)(memory.Span[0] >> 4);
            }
            return PacketType.Reserved;
        }
    }

    /// <summary>Gives the next packet; false when its end has not come yet.</summary>
    /// <exception cref="MqttException">The header is malformed, or the packet is larger than allowed.</exception>
    public bool TryRead(out Frame frame)
    {
        var ahead = block[at..];
        if (TryReadHeader(ahead, out var headerSize, out var size) && size <= ahead.Length)
        {
            frame = new Frame(ahead[..size], headerSize);
            at += size;
            return true;
        }
        return TryReadAcrossBlocks(out frame);
    }

    private bool TryReadAcrossBlocks(out Frame frame)
    {
        rest = rest.Slice(at);
        block = rest.FirstSpan;
        at = 0;

        Span<byte> header = stackalloc byte[LongestHeader];
        var start = rest.Slice(0, Math.Min(rest.Length, LongestHeader));
        start.CopyTo(header);
        if (!TryReadHeader(header[..(int)start.Length], out var headerSize, out var size) || size > rest.Length)
        {
            frame = default;
            return false;
        }

        var whole = scratch.Rent(size);
        rest.Slice(0, size).CopyTo(whole);
        rest = rest.Slice(size);
        block = rest.FirstSpan;
        frame = new Frame(whole, headerSize);
        return true;
    }

    private readonly bool TryReadHeader(ReadOnlySpan<byte> bytes, out int headerSize, out int size)
    {
        headerSize = size = 0;
        if (bytes.Length < 2) return false;
        var remaining = (int)bytes[1];
        var lengthSize = 1;
        if (remaining >= 0x80 && !VariableInteger.TryRead(bytes[1..], out remaining, out lengthSize)) return false;
        headerSize = 1 + lengthSize;
        size = headerSize + remaining;
        if (size > maximumPacketSize)
        {
            throw new MqttException(ReasonCode.PacketTooLarge,
                $"A packet of {size} bytes was announced, but at most {maximumPacketSize} are allowed.");
        }
        return true;
    }
}
