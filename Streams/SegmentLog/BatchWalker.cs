using System.Buffers;
using System.Buffers.Binary;

namespace Weir.Streams.SegmentLog;

/// <summary>Walks over the batches of a segment through a window of bytes, and finds sound ones behind bad ones.</summary>
internal sealed class BatchWalker(ISegmentMedium medium, long position, long end) : IDisposable
{
    private const int WindowBytes = 1 << 20;

    private readonly byte[] window = ArrayPool<byte>.Shared.Rent(WindowBytes);
    private long windowAt;
    private int windowLength;

    /// <summary>Where the next batch should lie.</summary>
    public long Position { get; private set; } = position;

    /// <summary>Goes over the next batch if its head, and where asked for its body, is sound; else stays.</summary>
    public bool TryNext(bool checkBody, out BatchHeader header)
    {
        if (!TryReadAt(Position, checkBody, out header)) return false;
        Position += header.Length;
        return true;
    }

    /// <summary>Goes to the next sound batch at or behind a position; false where there is none.</summary>
    public bool TryFind(long from, long atLeastOffset, out BatchHeader header)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, BatchHeader.Magic);
        header = default;
        while (from + BatchHeader.Size <= end)
        {
            var bytes = Load(from, BatchHeader.Size);
            var found = bytes.IndexOf(magic);
            if (found < 0)
            {
                from += Math.Max(1, bytes.Length - magic.Length + 1);
                continue;
            }
            from += found;
            if (TryReadAt(from, checkBody: true, out header) && header.FirstOffset >= atLeastOffset)
            {
                Position = from;
                return true;
            }
            from++;
        }
        return false;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(window);

    private bool TryReadAt(long at, bool checkBody, out BatchHeader header)
    {
        header = default;
        return at + BatchHeader.Size <= end
            && BatchHeader.TryRead(Load(at, BatchHeader.Size), out header)
            && at + header.Length <= end
            && (!checkBody || BodyCrc(at + BatchHeader.Size, header.Length - BatchHeader.Size) == header.BodyCrc);
    }

    private uint? BodyCrc(long at, int length)
    {
        var crc = 0u;
        while (length > 0)
        {
            var part = Load(at, Math.Min(length, WindowBytes));
            if (part.IsEmpty) return null;
            part = part[..Math.Min(part.Length, length)];
            crc = Crc32C.Compute(part, crc);
            at += part.Length;
            length -= part.Length;
        }
        return crc;
    }

    // All that the window has from a position on; at least `need` bytes unless the end is nearer.
    private ReadOnlySpan<byte> Load(long at, int need)
    {
        if (at < windowAt || at + need > windowAt + windowLength)
        {
            windowAt = at;
            windowLength = medium.Read(window.AsSpan(0, (int)Math.Min(WindowBytes, end - at)), at);
        }
        return window.AsSpan((int)(at - windowAt), (int)(windowLength - (at - windowAt)));
    }
}
