using System.Buffers.Binary;
using System.Text;

namespace Weir.Mqtt;

/// <summary>Bytes of packets that are about to be sent. One holder at a time; it grows and is reused.</summary>
/// <param name="capacity">What it holds to begin with.</param>
/// <param name="keptCapacity">A buffer that one burst has made larger than this is given back to the collector.</param>
internal sealed class PacketBuffer(int capacity = 0, int keptCapacity = 64 * 1024)
{
    /// <summary>Small: each connection has a buffer, and most have little to say.</summary>
    private const int LeastCapacity = 32;

    private byte[] bytes = capacity == 0 ? [] : new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => bytes.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        if (bytes.Length > keptCapacity) bytes = [];
    }

    /// <summary>Begins a packet; <see cref="End"/> with what this returns puts the remaining length in.</summary>
    public int Begin(PacketType type, int flags = 0)
    {
        Byte((byte)((int)type << 4 | flags));
        Byte(0);
        return Length;
    }

    public void End(int body)
    {
        var length = Length - body;
        var size = VariableInteger.Size(length);
        if (size > 1)
        {
            Reserve(size - 1);
            bytes.AsSpan(body, length).CopyTo(bytes.AsSpan(body + size - 1));
        }
        VariableInteger.Write(bytes.AsSpan(body - 1), length);
    }

    public Span<byte> Reserve(int count)
    {
        if (bytes.Length - Length < count) Array.Resize(ref bytes, Math.Max(Math.Max(bytes.Length * 2, LeastCapacity), Length + count));
        var reserved = bytes.AsSpan(Length, count);
        Length += count;
        return reserved;
    }

    public void Byte(byte value) => Reserve(1)[0] = value;

    public void UInt16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), (ushort)value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    public void UInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Reserve(8), value);

    /// <summary>Puts a number where one was written before.</summary>
    public void SetUInt32(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), value);

    /// <summary>Bytes with a four-byte length before them; no field of MQTT.</summary>
    public void Blob(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length);
        Raw(value);
    }

    public void VariableIntegerValue(int value) => VariableInteger.Write(Reserve(VariableInteger.Size(value)), value);

    public void Raw(ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    public void Binary(ReadOnlySpan<byte> value)
    {
        if (value.Length > ushort.MaxValue)
        {
            throw new ArgumentException($"A field of an MQTT packet holds at most 65,535 bytes, but this one has {value.Length}.");
        }
        UInt16(value.Length);
        Raw(value);
    }

    public void Text(string value)
    {
        var size = Encoding.UTF8.GetByteCount(value);
        if (size > ushort.MaxValue)
        {
            throw new ArgumentException($"A string of an MQTT packet holds at most 65,535 bytes, but this one has {size}.");
        }
        UInt16(size);
        Encoding.UTF8.GetBytes(value, Reserve(size));
    }
}
