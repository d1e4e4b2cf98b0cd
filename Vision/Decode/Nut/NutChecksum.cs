namespace Weir.Vision.Decode.Nut;

/// <summary>NUT's checksum: CRC-32 with the polynomial 0x04C11DB7, highest bit first, starting at 0 and not inverted.</summary>
internal static class NutChecksum
{
    private static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        foreach (var value in bytes) sum = sum << 8 ^ Table[sum >> 24 ^ value];
        return sum;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var sum = i << 24;
            for (var bit = 0; bit < 8; bit++) sum = (sum & 0x8000_0000) == 0 ? sum << 1 : sum << 1 ^ 0x04C1_1DB7;
            table[i] = sum;
        }
        return table;
    }
}
