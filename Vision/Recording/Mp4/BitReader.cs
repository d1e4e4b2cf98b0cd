namespace Weir.Vision.Recording.Mp4;

/// <summary>Reads bits and Exp-Golomb numbers (ITU-T H.264, 9.1) out of a NAL unit, stepping over emulation prevention bytes.</summary>
internal ref struct BitReader
{
    private readonly ReadOnlySpan<byte> data;
    private int at;
    private int bit;
    private int zeros;

    public BitReader(ReadOnlySpan<byte> data) => this.data = data;

    public int Bit()
    {
        if (bit == 0 && zeros >= 2 && at < data.Length && data[at] == 3) (at, zeros) = (at + 1, 0);
        if (at >= data.Length) throw new Mp4Exception("a parameter set is cut off");
        var value = data[at] >> (7 - bit) & 1;
        if (++bit == 8)
        {
            zeros = data[at] == 0 ? zeros + 1 : 0;
            (at, bit) = (at + 1, 0);
        }
        return value;
    }

    public uint Bits(int count)
    {
        var value = 0u;
        for (var i = 0; i < count; i++) value = value << 1 | (uint)Bit();
        return value;
    }

    /// <summary>ue(v).</summary>
    public uint Unsigned()
    {
        var length = 0;
        while (Bit() == 0)
            if (++length > 31) throw new Mp4Exception("a parameter set has a number that is too long");
        return (1u << length) - 1 + Bits(length);
    }

    /// <summary>se(v).</summary>
    public int Signed()
    {
        var code = Unsigned();
        return (code & 1) == 1 ? (int)((code + 1) >> 1) : -(int)(code >> 1);
    }
}
