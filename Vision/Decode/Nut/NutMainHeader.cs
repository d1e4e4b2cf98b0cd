namespace Weir.Vision.Decode.Nut;

/// <summary>What a frame's header holds, beside what its frame code stands for.</summary>
[Flags]
internal enum NutFlags
{
    None = 0,
    Key = 1,
    CodedPts = 8,
    StreamId = 16,
    SizeMsb = 32,
    Checksum = 64,
    Reserved = 128,
    SideData = 256,
    HeaderIndex = 1024,
    MatchTime = 2048,
    Coded = 4096,
    Invalid = 8192,
}

/// <summary>What the first byte of a frame stands for.</summary>
internal readonly record struct NutFrameCode(
    NutFlags Flags, int Stream, int SizeMultiplier, int SizeLow, long PtsDelta, int Reserved, int HeaderIndex);

/// <summary>A fraction of a second in which times are counted.</summary>
internal readonly record struct NutTimeBase(long Numerator, long Denominator)
{
    public long ToMicroseconds(long time) => (long)((Int128)time * Numerator * 1_000_000 / Denominator);

    /// <summary>A time of another base in this one, rounded down.</summary>
    public long From(long time, NutTimeBase other)
    {
        var (quotient, remainder) = Int128.DivRem((Int128)time * other.Numerator * Denominator, (Int128)other.Denominator * Numerator);
        return (long)(remainder < 0 ? quotient - 1 : quotient);
    }
}

/// <summary>The main header: time bases, and the table that says what the first byte of a frame stands for.</summary>
internal sealed class NutMainHeader
{
    private const int MaxStreams = 16;
    private const int MaxTimeBases = 16;
    private const int MaxNumber = int.MaxValue;

    private NutMainHeader(int streams, NutTimeBase[] timeBases, NutFrameCode[] frameCodes, byte[][] elided) =>
        (Streams, TimeBases, FrameCodes, Elided) = (streams, timeBases, frameCodes, elided);

    public int Streams { get; }

    public IReadOnlyList<NutTimeBase> TimeBases { get; }

    /// <summary>By the first byte of a frame.</summary>
    public NutFrameCode[] FrameCodes { get; }

    /// <summary>Beginnings of frames that are left out of the stream; number 0 is empty.</summary>
    public byte[][] Elided { get; }

    public static NutMainHeader Parse(ref NutCursor cursor)
    {
        var version = cursor.Variable();
        if (version is < 3 or > 4) throw new NutException($"NUT version {version} is not known; 3 and 4 are.");
        if (version > 3) cursor.Variable();
        var streams = cursor.Variable(MaxStreams, "the number of streams");
        cursor.Variable();
        var timeBases = new NutTimeBase[cursor.Variable(MaxTimeBases, "the number of time bases")];
        for (var i = 0; i < timeBases.Length; i++)
        {
            timeBases[i] = new NutTimeBase(cursor.Variable(MaxNumber, "a time base"), cursor.Variable(MaxNumber, "a time base"));
            if (timeBases[i] is { Numerator: 0 } or { Denominator: 0 } && !cursor.IsShort)
                throw new NutException("a time base is 0.");
        }
        if (timeBases.Length == 0) throw new NutException("it has no time base.");
        var codes = ParseFrameCodes(ref cursor);
        var elided = new byte[cursor.Variable(127, "the number of elided headers") + 1][];
        elided[0] = [];
        for (var i = 1; i < elided.Length; i++) elided[i] = cursor.Binary(255, "an elided header's length");
        if (cursor.IsShort) throw new NutException("the main header is shorter than its content.");
        return new NutMainHeader(streams, timeBases, codes, elided);
    }

    /// <summary>The table is coded as runs: fields that a run leaves out keep the value of the run before.</summary>
    private static NutFrameCode[] ParseFrameCodes(ref NutCursor cursor)
    {
        var codes = new NutFrameCode[256];
        var (pts, multiplier, stream, index) = (0L, 1, 0, 0);
        for (var i = 0; i < codes.Length;)
        {
            var flags = (NutFlags)cursor.Variable(MaxNumber, "the flags of a frame code");
            var fields = cursor.Variable(64, "the number of fields of a frame code");
            if (fields > 0) pts = cursor.Signed();
            if (fields > 1) multiplier = cursor.Variable(MaxNumber, "a size multiplier");
            if (fields > 2) stream = cursor.Variable(MaxStreams, "a stream number");
            var size = fields > 3 ? cursor.Variable(MaxNumber, "a size") : 0;
            var reserved = fields > 4 ? cursor.Variable(64, "the number of reserved fields") : 0;
            var count = fields > 5 ? cursor.Variable(256, "the length of a run") : multiplier - size;
            if (fields > 6) cursor.Signed();
            if (fields > 7) index = cursor.Variable(127, "the number of an elided header");
            for (var extra = 8; extra < fields; extra++) cursor.Variable();
            if (cursor.IsShort) throw new NutException("the main header ends within its frame codes.");
            if (count <= 0) throw new NutException("a run of frame codes is empty.");

            for (var n = 0; n < count && i < codes.Length; i++)
            {
                // 'N' begins a startcode, so it never stands for a frame.
                if (i == 'N') codes[i] = new NutFrameCode(NutFlags.Invalid, 0, 0, 0, 0, 0, 0);
                else codes[i] = new NutFrameCode(flags, stream, multiplier, size + n++, pts, reserved, index);
            }
        }
        return codes;
    }
}
