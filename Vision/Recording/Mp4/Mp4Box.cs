using System.Buffers.Binary;
using System.Text;

namespace Weir.Vision.Recording.Mp4;

/// <summary>A box of an MP4 file (ISO/IEC 14496-12, 4.2): its type, and where it lies in the bytes it was found in.</summary>
/// <param name="Type">Four letters, such as <c>moof</c>.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="Size">Bytes of the whole box.</param>
/// <param name="Header">Bytes before its content.</param>
internal readonly record struct Mp4Box(string Type, int Start, int Size, int Header)
{
    /// <summary>Bytes of the usual header: size and type.</summary>
    public const int HeaderBytes = 8;

    private const int LargeHeaderBytes = 16;

    /// <summary>Where its content begins.</summary>
    public int Content => Start + Header;

    /// <summary>Where it ends.</summary>
    public int End => Start + Size;

    /// <summary>The box that begins at a place.</summary>
    /// <exception cref="Mp4Exception">There is none that ends where it should.</exception>
    public static Mp4Box At(ReadOnlySpan<byte> data, int start, int end) => Begin(data[start..end], start, end - start);

    /// <summary>The box whose first bytes these are.</summary>
    /// <param name="data">Its header, and more or not.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="most">Most bytes that it may have.</param>
    /// <exception cref="Mp4Exception">It has more.</exception>
    public static Mp4Box Begin(ReadOnlySpan<byte> data, int start, long most)
    {
        if (data.Length < HeaderBytes) throw new Mp4Exception("a box is cut off");
        var size = (long)BinaryPrimitives.ReadUInt32BigEndian(data);
        var type = Encoding.Latin1.GetString(data.Slice(4, 4));
        var header = HeaderBytes;
        if (size == 1)
        {
            if (data.Length < LargeHeaderBytes) throw new Mp4Exception($"the box '{type}' is cut off");
            (size, header) = (BinaryPrimitives.ReadInt64BigEndian(data[HeaderBytes..]), LargeHeaderBytes);
        }
        if (size < header || size > most) throw new Mp4Exception($"the box '{type}' has {size} bytes, where at most {most} can be");
        return new Mp4Box(type, start, (int)size, header);
    }

    /// <summary>The first box of a type between two places; null where there is none.</summary>
    public static Mp4Box? Find(ReadOnlySpan<byte> data, int start, int end, string type)
    {
        while (start < end)
        {
            var box = At(data, start, end);
            if (box.Type == type) return box;
            start = box.End;
        }
        return null;
    }

    /// <summary>The box at the end of a path of types, such as <c>trak/mdia</c>; each is the first of its type in the one before.</summary>
    /// <exception cref="Mp4Exception">A part of the path is missing.</exception>
    public Mp4Box Descend(ReadOnlySpan<byte> data, string path)
    {
        var box = this;
        foreach (var type in path.Split('/'))
            box = Find(data, box.Content, box.End, type) ?? throw new Mp4Exception($"there is no box '{type}' in '{box.Type}'");
        return box;
    }
}

/// <summary>What ffmpeg writes is not the MP4 that is expected.</summary>
internal sealed class Mp4Exception(string message) : Exception($"The MP4 stream is damaged: {message}.");
