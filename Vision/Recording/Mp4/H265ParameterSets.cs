using System.Buffers.Binary;
using Weir.Vision.Models;

namespace Weir.Vision.Recording.Mp4;

/// <summary>The video, sequence and picture parameter sets of H.265.</summary>
/// <param name="Video">The NAL unit of the video parameter set.</param>
/// <param name="Sequence">That of the sequence parameter set.</param>
/// <param name="Picture">That of the picture parameter set.</param>
internal sealed record H265ParameterSets(byte[] Video, byte[] Sequence, byte[] Picture) : ParameterSets
{
    public const string BoxType = "hvcC";

    // ITU-T H.265, table 7-1.
    private const int VideoType = 32;
    private const int SequenceType = 33;
    private const int PictureType = 34;

    /// <summary>Profile, tier, level and what goes with them, of the layer that all have: 96 bits (7.3.3).</summary>
    private const int ProfileBytes = 12;
    private const int ArraysAt = 22;

    public override string Box => BoxType;

    public override IReadOnlyList<byte[]> Units => [Video, Sequence, Picture];

    /// <summary>The first of each kind among the NAL units of a sample; null where they are not all there.</summary>
    public static H265ParameterSets? FindIn(ReadOnlySpan<byte> sample, int lengthBytes)
    {
        byte[]? video = null, sequence = null, picture = null;
        while ((video is null || sequence is null || picture is null) && TryTake(ref sample, lengthBytes, out var unit))
            Take(unit, ref video, ref sequence, ref picture);
        return Of(video, sequence, picture);
    }

    /// <summary>Reads what <see cref="ToConfiguration"/> writes; null where it does not have all kinds.</summary>
    /// <param name="record">What stands in the box.</param>
    /// <param name="lengthBytes">Bytes before each NAL unit of a sample.</param>
    public static H265ParameterSets? Read(ReadOnlySpan<byte> record, out int lengthBytes)
    {
        lengthBytes = (record[ArraysAt - 1] & 3) + 1;
        byte[]? video = null, sequence = null, picture = null;
        var rest = record[(ArraysAt + 1)..];
        for (var arrays = record[ArraysAt]; arrays > 0; arrays--)
        {
            var units = BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            for (rest = rest[3..]; units > 0; units--)
                if (TryTake(ref rest, 2, out var unit)) Take(unit, ref video, ref sequence, ref picture);
        }
        return Of(video, sequence, picture);
    }

    /// <summary>HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1).</summary>
    public override byte[] ToConfiguration(int lengthBytes)
    {
        var sequence = ReadSequence();
        byte[] record =
        [
            1, .. sequence.Profile,
            // Segmentation and parallelism are not told; neither is the frame rate.
            0xF0, 0, 0xFC, (byte)(0xFC | sequence.Chroma), (byte)(0xF8 | (sequence.LumaBits - 8)), (byte)(0xF8 | (sequence.ChromaBits - 8)),
            0, 0, (byte)((sequence.Layers << 3) | (sequence.IsNested ? 4 : 0) | (lengthBytes - 1)), 3,
        ];
        foreach (var (type, unit) in new[] { (VideoType, Video), (SequenceType, Sequence), (PictureType, Picture) })
            record = [.. record, (byte)type, 0, 1, .. WithLength(unit)];
        return record;
    }

    public override PictureSize ReadSize() => ReadSequence().Size;

    /// <summary>ITU-T H.265, 7.3.2.2 and 7.3.3, as far as an MP4 file wants to know it.</summary>
    private (byte[] Profile, int Chroma, int LumaBits, int ChromaBits, int Layers, bool IsNested, PictureSize Size) ReadSequence()
    {
        var bits = new BitReader(Sequence.AsSpan(2));
        bits.Bits(4);
        var layersAbove = (int)bits.Bits(3);
        var isNested = bits.Bit() == 1;
        var profile = new byte[ProfileBytes];
        for (var i = 0; i < ProfileBytes; i++) profile[i] = (byte)bits.Bits(8);
        SkipLayers(ref bits, layersAbove);
        bits.Unsigned();
        var chroma = (int)bits.Unsigned();
        var isSeparate = chroma == 3 && bits.Bit() == 1;
        var (width, height) = ((int)bits.Unsigned(), (int)bits.Unsigned());
        if (bits.Bit() == 1)
        {
            // The window that is to be shown, in units of a chroma sample (table 6-1).
            var unitX = !isSeparate && chroma is 1 or 2 ? 2 : 1;
            var unitY = !isSeparate && chroma is 1 ? 2 : 1;
            width -= unitX * (int)(bits.Unsigned() + bits.Unsigned());
            height -= unitY * (int)(bits.Unsigned() + bits.Unsigned());
        }
        var (luma, colour) = ((int)bits.Unsigned() + 8, (int)bits.Unsigned() + 8);
        return (profile, chroma, luma, colour, layersAbove + 1, isNested, new PictureSize(width, height));
    }

    private static void SkipLayers(ref BitReader bits, int layersAbove)
    {
        if (layersAbove == 0) return;
        Span<int> skip = stackalloc int[layersAbove];
        for (var i = 0; i < layersAbove; i++) skip[i] = bits.Bit() * 88 + bits.Bit() * 8;
        for (var i = layersAbove; i < 8; i++) bits.Bits(2);
        foreach (var count in skip)
            for (var i = 0; i < count; i++) bits.Bit();
    }

    private static void Take(ReadOnlySpan<byte> unit, ref byte[]? video, ref byte[]? sequence, ref byte[]? picture)
    {
        switch (unit[0] >> 1 & 0x3F)
        {
            case VideoType:
                video ??= unit.ToArray();
                break;
            case SequenceType:
                sequence ??= unit.ToArray();
                break;
            case PictureType:
                picture ??= unit.ToArray();
                break;
            default:
                break;
        }
    }

    private static H265ParameterSets? Of(byte[]? video, byte[]? sequence, byte[]? picture) =>
        video is not null && sequence is { Length: > 2 + ProfileBytes } && picture is not null ? new H265ParameterSets(video, sequence, picture) : null;
}
