using System.Buffers.Binary;
using Weir.Vision.Models;

namespace Weir.Vision.Recording.Mp4;

/// <summary>What a decoder needs before the first picture, as a camera's video carries it and as an MP4 file keeps it.</summary>
internal abstract record ParameterSets
{
    /// <summary>The box of a sample entry that keeps them.</summary>
    public abstract string Box { get; }

    /// <summary>The NAL units that they are, in order.</summary>
    public abstract IReadOnlyList<byte[]> Units { get; }

    /// <summary>The size of the pictures.</summary>
    public abstract PictureSize ReadSize();

    /// <summary>What stands in the box.</summary>
    /// <param name="lengthBytes">Bytes before each NAL unit of a sample that tell its length.</param>
    public abstract byte[] ToConfiguration(int lengthBytes);

    /// <summary>Whether both are the same, byte by byte.</summary>
    public bool SameAs(ParameterSets other) =>
        Units.Count == other.Units.Count && Units.Zip(other.Units).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    /// <summary>Takes the next NAL unit off a sample; false where there is none, or it is damaged.</summary>
    /// <param name="sample">NAL units, each with its length before it.</param>
    /// <param name="lengthBytes">Bytes of each length: 1, 2 or 4.</param>
    /// <param name="unit">The unit.</param>
    protected static bool TryTake(ref ReadOnlySpan<byte> sample, int lengthBytes, out ReadOnlySpan<byte> unit)
    {
        unit = default;
        if (sample.Length <= lengthBytes) return false;
        var length = lengthBytes switch
        {
            1 => sample[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(sample),
            _ => (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(sample)),
        };
        if (length <= 0 || length > sample.Length - lengthBytes) return false;
        unit = sample.Slice(lengthBytes, length);
        sample = sample[(lengthBytes + length)..];
        return true;
    }

    /// <summary>A unit with its length in two bytes before it.</summary>
    protected static byte[] WithLength(byte[] unit) => [(byte)(unit.Length >> 8), (byte)unit.Length, .. unit];
}
