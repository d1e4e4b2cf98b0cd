using System.Buffers.Binary;

namespace Weir.Vision.Recording.Mp4;

/// <summary>What the boxes of a fragment (<c>moof</c> and <c>mdat</c>) of one track say.</summary>
/// <param name="DecodeTime">When its first sample is to be decoded, in units of the timescale.</param>
/// <param name="ShowTime">When its first sample is to be shown.</param>
/// <param name="Duration">How long all of its samples last.</param>
/// <param name="IsKeyframe">Whether it begins with a picture that needs no other.</param>
/// <param name="Samples">How many pictures it has.</param>
/// <param name="FirstSample">Where its first sample lies, counted from the beginning of the fragment.</param>
/// <param name="FirstSampleBytes">Its size.</param>
/// <param name="OtherSampleBytes">The size of all others together.</param>
internal readonly record struct FragmentBoxes(
    long DecodeTime, long ShowTime, long Duration, bool IsKeyframe, int Samples, int FirstSample, int FirstSampleBytes, long OtherSampleBytes)
{
    // ISO/IEC 14496-12, 8.8.7 and 8.8.8.
    private const uint BaseDataOffset = 0x1;
    private const uint SampleDescription = 0x2;
    private const uint DefaultDuration = 0x8;
    private const uint DefaultSize = 0x10;
    private const uint DefaultFlags = 0x20;
    private const uint DataOffset = 0x1;
    private const uint FirstFlags = 0x4;
    private const uint EachDuration = 0x100;
    private const uint EachSize = 0x200;
    private const uint EachFlags = 0x400;
    private const uint EachOffset = 0x800;
    private const uint IsNoSync = 0x10000;

    /// <exception cref="Mp4Exception">These are not the boxes that are expected.</exception>
    public static FragmentBoxes Parse(ReadOnlySpan<byte> fragment)
    {
        try
        {
            return Read(fragment);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new Mp4Exception("a box of a fragment is too short");
        }
    }

    /// <summary>Gives a fragment another place in time and in the order of fragments.</summary>
    public static void Place(Span<byte> fragment, long decodeTime, uint number)
    {
        var moof = Mp4Box.At(fragment, 0, fragment.Length);
        BinaryPrimitives.WriteUInt32BigEndian(fragment[(moof.Descend(fragment, "mfhd").Content + 4)..], number);
        var time = moof.Descend(fragment, "traf/tfdt");
        if (fragment[time.Content] == 1) BinaryPrimitives.WriteInt64BigEndian(fragment[(time.Content + 4)..], decodeTime);
        else BinaryPrimitives.WriteUInt32BigEndian(fragment[(time.Content + 4)..], checked((uint)decodeTime));
    }

    private static FragmentBoxes Read(ReadOnlySpan<byte> fragment)
    {
        var moof = Mp4Box.At(fragment, 0, fragment.Length);
        var traf = moof.Descend(fragment, "traf");
        var header = new Fields(fragment, traf.Descend(fragment, "tfhd"));
        header.Next(); // the track
        if (header.Has(BaseDataOffset)) header.Next64();
        if (header.Has(SampleDescription)) header.Next();
        var defaultDuration = header.Has(DefaultDuration) ? header.Next() : 0;
        var defaultSize = header.Has(DefaultSize) ? header.Next() : 0;
        var defaultFlags = header.Has(DefaultFlags) ? header.Next() : 0;

        var time = new Fields(fragment, traf.Descend(fragment, "tfdt"));
        var decodeTime = time.Version == 1 ? time.Next64() : time.Next();

        var run = new Fields(fragment, traf.Descend(fragment, "trun"));
        var samples = (int)run.Next();
        var offset = run.Has(DataOffset) ? (int)run.Next() : moof.Size + Mp4Box.HeaderBytes;
        var firstFlags = run.Has(FirstFlags) ? run.Next() : (uint?)null;
        var (duration, first, others, showOffset) = (0L, 0u, 0L, 0L);
        for (var i = 0; i < samples; i++)
        {
            duration += run.Has(EachDuration) ? run.Next() : defaultDuration;
            var size = run.Has(EachSize) ? run.Next() : defaultSize;
            var flags = run.Has(EachFlags) ? run.Next() : defaultFlags;
            var composition = run.Has(EachOffset) ? (int)run.Next() : 0;
            if (i > 0)
            {
                others += size;
                continue;
            }
            (first, showOffset, firstFlags) = (size, composition, firstFlags ?? flags);
        }
        if (samples == 0) throw new Mp4Exception("a fragment has no samples");
        return new FragmentBoxes(
            decodeTime, decodeTime + showOffset, duration, (firstFlags & IsNoSync) == 0, samples, moof.Start + offset, (int)first, others);
    }

    /// <summary>The fields of a box with version and flags, one after the other.</summary>
    private ref struct Fields(ReadOnlySpan<byte> data, Mp4Box box)
    {
        private readonly ReadOnlySpan<byte> data = data[box.Content..box.End];
        private readonly uint flags = BinaryPrimitives.ReadUInt32BigEndian(data[box.Content..]);
        private int at = 4;

        public readonly int Version => (int)(flags >> 24);

        public readonly bool Has(uint flag) => (flags & flag) != 0;

        public uint Next()
        {
            var value = BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
            at += 4;
            return value;
        }

        public long Next64()
        {
            var value = BinaryPrimitives.ReadInt64BigEndian(data[at..]);
            at += 8;
            return value;
        }
    }
}
