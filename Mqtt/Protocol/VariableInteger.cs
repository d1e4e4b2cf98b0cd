namespace Weir.Mqtt;

/// <summary>The variable byte integer of section 1.5.5: seven bits a byte, low bits first, at most four bytes.</summary>
internal static class VariableInteger
{
    public const int Maximum = 268_435_455;

    public static int Size(int value) => value switch { < 128 => 1, < 16_384 => 2, < 2_097_152 => 3, _ => 4 };

    public static int Write(Span<byte> to, int value)
    {
        var at = 0;
        while (value >= 128)
        {
            to[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        to[at++] = (byte)value;
        return at;
    }

    /// <summary>Reads one; false when more bytes are needed.</summary>
    /// <exception cref="MqttException">It has a fifth byte, or more bytes than its value needs.</exception>
    public static bool TryRead(ReadOnlySpan<byte> from, out int value, out int size)
    {
        value = 0;
        for (size = 0; size < from.Length;)
        {
            var b = from[size];
            value |= (b & 0x7F) << (7 * size);
            size++;
            if (b < 0x80)
            {
                if (b == 0 && size > 1) throw MqttException.Malformed("A variable byte integer uses more bytes than it needs.");
                return true;
            }
            if (size == 4) throw MqttException.Malformed("A variable byte integer has more than four bytes.");
        }
        return false;
    }
}
