using System.Buffers.Binary;
using System.Text;
using Weir.Vision.Models;

namespace Weir.Vision.Recording.Mp4;

/// <summary>
/// What a player needs before the first fragment: the boxes <c>ftyp</c> and <c>moov</c> of a fragmented MP4 with one
/// video track (ISO/IEC 14496-12). Immutable.
/// </summary>
internal sealed class InitSegment
{
    /// <summary>Where the children of a VisualSampleEntry begin (ISO/IEC 14496-12, 12.1.3).</summary>
    private const int SampleEntryBytes = 86;
    private const int EntryWidth = 32;
    private const int EntryHeight = 34;

    /// <summary>Path from <c>moov</c> to the sample descriptions, as the sizes of all of these change with them.</summary>
    private static readonly string[] ToDescriptions = ["trak", "mdia", "minf", "stbl", "stsd"];

    private InitSegment(byte[] bytes)
    {
        Bytes = bytes;
        var moov = Moov(bytes);
        Timescale = ReadTimescale(bytes, moov);
        var entry = Entry(bytes, moov);
        Codec = entry.Type;
        Picture = new PictureSize(
            BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(entry.Start + EntryWidth)),
            BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(entry.Start + EntryHeight)));
        if (Record(entry, H264ParameterSets.BoxType) is { IsEmpty: false } avcC) (ParameterSets, LengthBytes) = (H264ParameterSets.Read(avcC, out var length), length);
        if (Record(entry, H265ParameterSets.BoxType) is { IsEmpty: false } hvcC) (ParameterSets, LengthBytes) = (H265ParameterSets.Read(hvcC, out var length), length);
    }

    /// <summary>The boxes.</summary>
    public byte[] Bytes { get; }

    /// <summary>Units of media time in a second.</summary>
    public uint Timescale { get; }

    /// <summary>The kind of video, such as <c>avc1</c> for H.264 and <c>hvc1</c> for H.265.</summary>
    public string Codec { get; }

    /// <summary>The size of the pictures.</summary>
    public PictureSize Picture { get; }

    /// <summary>Bytes before each NAL unit that tell its length; 4 where it is neither H.264 nor H.265.</summary>
    public int LengthBytes { get; } = 4;

    /// <summary>The parameter sets within; null where it is neither H.264 nor H.265.</summary>
    public ParameterSets? ParameterSets { get; }

    /// <summary>The parameter sets that a sample begins with; null where it has none of the kind of these.</summary>
    public ParameterSets? FindParameterSets(ReadOnlySpan<byte> sample) => ParameterSets switch
    {
        H264ParameterSets => H264ParameterSets.FindIn(sample, LengthBytes),
        H265ParameterSets => H265ParameterSets.FindIn(sample, LengthBytes),
        _ => null,
    };

    /// <exception cref="Mp4Exception">These are not the boxes that are expected.</exception>
    public static InitSegment Parse(byte[] bytes)
    {
        try
        {
            return new InitSegment(bytes);
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new Mp4Exception("a box of the initialisation is too short");
        }
    }

    /// <summary>The same with other parameter sets: what follows when a camera changes the size of its pictures.</summary>
    public InitSegment With(ParameterSets sets)
    {
        var moov = Moov(Bytes);
        var entry = Entry(Bytes, moov);
        var old = Mp4Box.Find(Bytes, entry.Start + SampleEntryBytes, entry.End, sets.Box) ?? throw new Mp4Exception($"there is no box '{sets.Box}'");
        var made = Configuration(sets);
        byte[] changed = [.. Bytes.AsSpan(0, old.Start), .. made, .. Bytes.AsSpan(old.End)];

        var growth = made.Length - old.Size;
        Grow(moov);
        var box = moov;
        foreach (var type in ToDescriptions) Grow(box = box.Descend(Bytes, type));
        Grow(entry);

        var size = sets.ReadSize();
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(entry.Start + EntryWidth), (ushort)size.Width);
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(entry.Start + EntryHeight), (ushort)size.Height);
        // The last eight bytes of the track's header are its size, in 1/65,536 of a pixel; it lies before what has grown.
        var header = moov.Descend(Bytes, "trak/tkhd");
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(header.End - 8), size.Width << 16);
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(header.End - 4), size.Height << 16);
        return Parse(changed);

        void Grow(Mp4Box of) => BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(of.Start), of.Size + growth);
    }

    private byte[] Configuration(ParameterSets sets)
    {
        var record = sets.ToConfiguration(LengthBytes);
        var box = new byte[Mp4Box.HeaderBytes + record.Length];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        Encoding.ASCII.GetBytes(sets.Box, box.AsSpan(4));
        record.CopyTo(box, Mp4Box.HeaderBytes);
        return box;
    }

    private ReadOnlySpan<byte> Record(Mp4Box entry, string type) =>
        Mp4Box.Find(Bytes, entry.Start + SampleEntryBytes, entry.End, type) is { } box ? Bytes.AsSpan(box.Content, box.End - box.Content) : default;

    private static Mp4Box Moov(ReadOnlySpan<byte> bytes) =>
        Mp4Box.Find(bytes, 0, bytes.Length, "moov") ?? throw new Mp4Exception("there is no box 'moov'");

    private static Mp4Box Entry(ReadOnlySpan<byte> bytes, Mp4Box moov)
    {
        var descriptions = moov.Descend(bytes, string.Join('/', ToDescriptions));
        return Mp4Box.At(bytes, descriptions.Content + 8, descriptions.End);
    }

    private static uint ReadTimescale(ReadOnlySpan<byte> bytes, Mp4Box moov)
    {
        var header = moov.Descend(bytes, "trak/mdia/mdhd");
        // Version 1 has its two times before it in eight bytes each, version 0 in four.
        var at = header.Content + (bytes[header.Content] == 1 ? 20 : 12);
        var timescale = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
        return timescale > 0 ? timescale : throw new Mp4Exception("its timescale is 0");
    }
}
