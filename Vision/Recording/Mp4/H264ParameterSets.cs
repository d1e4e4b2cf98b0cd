using Weir.Vision.Models;

namespace Weir.Vision.Recording.Mp4;

/// <summary>The sequence and picture parameter sets of H.264 that a decoder needs before the first picture.</summary>
/// <param name="Sequence">The NAL unit of the sequence parameter set.</param>
/// <param name="Picture">That of the picture parameter set.</param>
internal sealed record H264ParameterSets(byte[] Sequence, byte[] Picture) : ParameterSets
{
    public const string BoxType = "avcC";

    private const int SequenceType = 7;
    private const int PictureType = 8;

    /// <summary>Profiles whose parameter sets tell the format of colours (ITU-T H.264, 7.3.2.1.1).</summary>
    private static readonly uint[] HighProfiles = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

    public override string Box => BoxType;

    public override IReadOnlyList<byte[]> Units => [Sequence, Picture];

    /// <summary>The first of both kinds among the NAL units of a sample; null where they are not there.</summary>
    /// <param name="sample">NAL units, each with its length before it.</param>
    /// <param name="lengthBytes">Bytes of each length: 1, 2 or 4.</param>
    public static H264ParameterSets? FindIn(ReadOnlySpan<byte> sample, int lengthBytes)
    {
        byte[]? sequence = null, picture = null;
        while ((sequence is null || picture is null) && TryTake(ref sample, lengthBytes, out var unit))
        {
            var type = unit[0] & 0x1F;
            if (type == SequenceType) sequence ??= unit.ToArray();
            else if (type == PictureType) picture ??= unit.ToArray();
        }
        return sequence is { Length: > 3 } && picture is not null ? new H264ParameterSets(sequence, picture) : null;
    }

    /// <summary>Reads what <see cref="ToConfiguration"/> writes; null where it has no sets.</summary>
    /// <param name="record">What stands in the box.</param>
    /// <param name="lengthBytes">Bytes before each NAL unit of a sample.</param>
    public static H264ParameterSets? Read(ReadOnlySpan<byte> record, out int lengthBytes)
    {
        lengthBytes = (record[4] & 3) + 1;
        var rest = record[6..];
        if ((record[5] & 0x1F) == 0 || !TryTake(ref rest, 2, out var sequence) || rest.IsEmpty || rest[0] == 0) return null;
        rest = rest[1..];
        return TryTake(ref rest, 2, out var picture) ? new H264ParameterSets(sequence.ToArray(), picture.ToArray()) : null;
    }

    /// <summary>AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1).</summary>
    public override byte[] ToConfiguration(int lengthBytes) =>
    [
        1, Sequence[1], Sequence[2], Sequence[3], (byte)(0xFC | (lengthBytes - 1)), 0xE1, .. WithLength(Sequence), 1, .. WithLength(Picture),
    ];

    /// <summary>The size of the pictures (ITU-T H.264, 7.3.2.1.1 and 7.4.2.1.1).</summary>
    public override PictureSize ReadSize()
    {
        var bits = new BitReader(Sequence.AsSpan(1));
        var profile = bits.Bits(8);
        bits.Bits(16); // constraints and level
        bits.Unsigned();
        var (chroma, separate) = (1u, false);
        if (HighProfiles.Contains(profile))
        {
            chroma = bits.Unsigned();
            separate = chroma == 3 && bits.Bit() == 1;
            bits.Unsigned();
            bits.Unsigned();
            bits.Bit();
            if (bits.Bit() == 1) SkipScaling(ref bits, chroma == 3 ? 12 : 8);
        }
        bits.Unsigned();
        SkipOrder(ref bits);
        bits.Unsigned();
        bits.Bit();
        var columns = bits.Unsigned() + 1;
        var rows = bits.Unsigned() + 1;
        var framesOnly = bits.Bit() == 1;
        if (!framesOnly) bits.Bit();
        bits.Bit();
        var (width, height) = ((int)columns * 16, (int)rows * 16 * (framesOnly ? 1 : 2));
        if (bits.Bit() == 0) return new PictureSize(width, height);

        var subsampled = !separate && chroma is 1 or 2;
        var unitX = subsampled ? 2 : 1;
        var unitY = (!separate && chroma == 1 ? 2 : 1) * (framesOnly ? 1 : 2);
        var (left, right, top, bottom) = (bits.Unsigned(), bits.Unsigned(), bits.Unsigned(), bits.Unsigned());
        return new PictureSize(width - unitX * (int)(left + right), height - unitY * (int)(top + bottom));
    }

    private static void SkipOrder(ref BitReader bits)
    {
        var type = bits.Unsigned();
        if (type == 0) bits.Unsigned();
        if (type != 1) return;
        bits.Bit();
        bits.Signed();
        bits.Signed();
        for (var count = bits.Unsigned(); count > 0; count--) bits.Signed();
    }

    private static void SkipScaling(ref BitReader bits, int lists)
    {
        for (var i = 0; i < lists; i++)
        {
            if (bits.Bit() == 0) continue;
            var (last, next) = (8, 8);
            for (var j = 0; j < (i < 6 ? 16 : 64); j++)
            {
                if (next != 0) next = (last + bits.Signed() + 256) % 256;
                if (next != 0) last = next;
            }
        }
    }
}
