using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Weir.Mqtt;

/// <summary>Reads the fields of a packet one after the other; every shortage is a malformed packet.</summary>
internal ref struct PacketReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public readonly int Remaining => rest.Length;

    public readonly bool AtEnd => rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>Bytes with a four-byte length before them; no field of MQTT.</summary>
    public ReadOnlySpan<byte> Blob() => Take((int)Math.Min(UInt32(), int.MaxValue));

    public int VariableInteger()
    {
        if (!Mqtt.VariableInteger.TryRead(rest, out var value, out var size)) throw Short();
        rest = rest[size..];
        return value;
    }

    /// <summary>Bytes with a two-byte length before them.</summary>
    public ReadOnlySpan<byte> Binary() => Take(UInt16());

    /// <summary>The bytes of a UTF-8 string, checked to be well-formed and without U+0000 (MQTT-1.5.4-1, -2).</summary>
    public ReadOnlySpan<byte> Utf8()
    {
        var text = Binary();
        if (!IsText(text)) throw MqttException.Malformed("A string is not well-formed UTF-8 or holds U+0000.");
        return text;
    }

    public string Text() => Encoding.UTF8.GetString(Utf8());

    public ushort PacketIdentifier()
    {
        var id = UInt16();
        return id != 0 ? id : throw MqttException.ProtocolError("The packet identifier is 0.");
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length) throw Short();
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    public readonly void ExpectEnd(string packet)
    {
        if (!rest.IsEmpty) throw MqttException.Malformed($"{rest.Length} bytes follow the end of the {packet}.");
    }

    public static bool IsText(ReadOnlySpan<byte> text) => System.Text.Unicode.Utf8.IsValid(text) && !text.Contains((byte)0);

    private static MqttException Short() => MqttException.Malformed("The packet ends before its last field does.");
}
