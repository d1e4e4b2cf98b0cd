using System.Buffers;
using System.Text;

namespace Weir.Pravega.Wire;

/// <summary>
/// Reads the primitives of the wire protocol out of one frame. Nothing is allocated before the frame is known to hold it.
/// Fields at the end may be missing (an older peer) or more than known (a newer one).
/// </summary>
internal ref struct WireReader(ReadOnlySequence<byte> body)
{
    private SequenceReader<byte> reader = new(body);

    public readonly long Remaining => reader.Remaining;

    public int Int32() => reader.TryReadBigEndian(out int value) ? value : throw Short();

    public long Int64() => reader.TryReadBigEndian(out long value) ? value : throw Short();

    public int Int32Or(int otherwise) => Remaining >= sizeof(int) ? Int32() : otherwise;

    public long Int64Or(long otherwise) => Remaining >= sizeof(long) ? Int64() : otherwise;

    public byte Byte() => reader.TryRead(out var value) ? value : throw Short();

    public bool Bool() => Byte() != 0;

    public bool BoolOr(bool otherwise) => Remaining > 0 ? Bool() : otherwise;

    public Guid Uuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!reader.TryCopyTo(bytes)) throw Short();
        reader.Advance(bytes.Length);
        return new Guid(bytes, bigEndian: true);
    }

    // What a server sends beyond ASCII is for people only; the length is what counts.
    public string Text()
    {
        if (!reader.TryReadBigEndian(out short signed)) throw Short();
        var length = (ushort)signed;
        if (!reader.TryReadExact(length, out var bytes)) throw Short();
        return Encoding.UTF8.GetString(bytes);
    }

    public string TextOr(string otherwise) => Remaining >= sizeof(short) ? Text() : otherwise;

    public ReadOnlySequence<byte> Exactly(int length) =>
        length >= 0 && reader.TryReadExact(length, out var bytes) ? bytes : throw Short();

    public byte[] Buffer() => Exactly(Int32()).ToArray();

    /// <summary>A number of items, of which each takes some bytes.</summary>
    public int Count(int bytesEach)
    {
        var count = Int32();
        return count >= 0 && (long)count * bytesEach <= Remaining ? count : throw Short();
    }

    public ReadOnlySequence<byte> Rest() => Exactly((int)Remaining);

    private readonly PravegaProtocolException Short() =>
        new($"A frame of {body.Length:N0} bytes from the segment store says that it holds more than it has.");
}
