namespace Weir.Archive;

/// <summary>The values of one payload, field by field. Used again and again; for one thread.</summary>
internal sealed class PayloadRow(int fields)
{
    private readonly long[] numbers = new long[fields];
    private readonly (int Start, int Length)[] ranges = new (int, int)[fields];
    private readonly bool[] isSet = new bool[fields];
    private byte[] bytes = new byte[256];
    private int used;

    /// <summary>Whether <see cref="Problem"/> is to be put into words: that costs, and one in many is enough.</summary>
    public bool WantsProblem { get; set; }

    /// <summary>What did not fit.</summary>
    public string? Problem { get; private set; }

    public void Clear()
    {
        Array.Clear(isSet);
        used = 0;
        Problem = null;
    }

    public bool Has(int field) => isSet[field];

    public long Integer(int field) => numbers[field];

    public double Double(int field) => BitConverter.Int64BitsToDouble(numbers[field]);

    public ReadOnlySpan<byte> Bytes(int field) => bytes.AsSpan(ranges[field].Start, ranges[field].Length);

    /// <summary>An integer, a boolean as 0 or 1, or a decimal as its digits without the point.</summary>
    public void Set(int field, long value) => (numbers[field], isSet[field]) = (value, true);

    public void Set(int field, double value) => Set(field, BitConverter.DoubleToInt64Bits(value));

    public void Set(int field, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(field, value.Length));
    }

    public void Unset(int field) => isSet[field] = false;

    /// <summary>Makes room for a text or bytes, to be filled.</summary>
    public Span<byte> Reserve(int field, int length)
    {
        if (bytes.Length - used < length) Array.Resize(ref bytes, Math.Max(bytes.Length * 2, used + length));
        ranges[field] = (used, length);
        isSet[field] = true;
        used += length;
        return bytes.AsSpan(used - length, length);
    }

    /// <summary>Gives back what a reserved place was too long by.</summary>
    public void Shorten(int field, int length)
    {
        used -= ranges[field].Length - length;
        ranges[field].Length = length;
    }

    /// <summary>Says that something did not fit.</summary>
    /// <returns>False, to be given on.</returns>
    public bool Misfit(string what, string? about = null)
    {
        if (WantsProblem) Problem ??= about is null ? what : $"'{about}' {what}";
        return false;
    }
}
