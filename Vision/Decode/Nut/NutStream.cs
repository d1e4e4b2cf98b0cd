namespace Weir.Vision.Decode.Nut;

/// <summary>One stream within the file, with the time of its last frame, which the next one's time leans on.</summary>
internal sealed class NutStream
{
    private const int MaxPrivateData = 1 << 20;

    private NutStream(int id, NutTimeBase timeBase, int shift) => (Id, TimeBase, this.shift) = (id, timeBase, shift);

    private readonly int shift;

    public int Id { get; }

    public NutTimeBase TimeBase { get; }

    /// <summary>In units of <see cref="TimeBase"/>.</summary>
    public long LastPts { get; set; }

    public static NutStream Parse(ref NutCursor cursor, NutMainHeader main)
    {
        var id = cursor.Variable(main.Streams - 1, "a stream number");
        cursor.Variable();
        cursor.Binary(8, "the length of a codec tag");
        var timeBase = main.TimeBases[cursor.Variable(main.TimeBases.Count - 1, "the number of a time base")];
        var shift = cursor.Variable(15, "msb_pts_shift");
        cursor.Variable();
        cursor.Variable();
        cursor.Variable();
        cursor.Binary(MaxPrivateData, "the length of a codec's private data");
        if (cursor.IsShort) throw new NutException("a stream header is shorter than its content.");
        return new NutStream(id, timeBase, shift);
    }

    /// <summary>The full time from a coded one: small values are the low bits of a time near the last one.</summary>
    public long Expand(long coded)
    {
        var full = 1L << shift;
        if (coded >= full) return coded - full;
        var from = LastPts - (full - 1) / 2;
        return ((coded - from) & (full - 1)) + from;
    }
}
