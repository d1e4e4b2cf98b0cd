using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Weir.Pravega.Wire;

/// <summary>Writes the primitives of the wire protocol: big-endian numbers, texts and buffers with their length in front.</summary>
internal readonly ref struct WireWriter(IBufferWriter<byte> target)
{
    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(target.GetSpan(sizeof(int)), value);
        target.Advance(sizeof(int));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(target.GetSpan(sizeof(long)), value);
        target.Advance(sizeof(long));
    }

    public void Bool(bool value)
    {
        target.GetSpan(1)[0] = value ? (byte)1 : (byte)0;
        target.Advance(1);
    }

    public void Byte(byte value)
    {
        target.GetSpan(1)[0] = value;
        target.Advance(1);
    }

    public void Uuid(Guid value)
    {
        value.TryWriteBytes(target.GetSpan(16), bigEndian: true, out _);
        target.Advance(16);
    }

    // Java's modified UTF-8 and UTF-8 are the same for what a client sends: names and tokens, all ASCII.
    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length > ushort.MaxValue) throw new PravegaProtocolException($"A text may have 65,535 bytes on the wire, but one has {length:N0}.");
        var span = target.GetSpan(sizeof(ushort) + length);
        BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)length);
        Encoding.UTF8.GetBytes(value, span[sizeof(ushort)..]);
        target.Advance(sizeof(ushort) + length);
    }

    public void Raw(ReadOnlySpan<byte> value) => target.Write(value);

    public void Buffer(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        target.Write(value);
    }
}
