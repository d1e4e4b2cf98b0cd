namespace Weir.Streams.SegmentLog;

/// <summary>A segment in memory, for streams that need not outlive the process and should not wear the disk.</summary>
internal sealed class MemoryMedium : ISegmentMedium
{
    private const int ChunkBytes = 64 << 10;

    // Replaced as a whole when it grows, so that readers need no lock.
    private volatile byte[][] chunks = [];

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
    {
        for (var i = 0; i < buffers.Count; i++)
        {
            Write(buffers[i].Span, position);
            position += buffers[i].Length;
        }
    }

    public int Read(Span<byte> buffer, long position)
    {
        var known = chunks;
        var filled = 0;
        while (filled < buffer.Length)
        {
            var (chunk, at) = Math.DivRem(position + filled, ChunkBytes);
            if (chunk >= known.Length) break;
            var part = known[chunk].AsSpan((int)at);
            part = part[..Math.Min(part.Length, buffer.Length - filled)];
            part.CopyTo(buffer[filled..]);
            filled += part.Length;
        }
        return filled;
    }

    // What lies behind the end is overwritten by the next batch, and nobody reads it before.
    public void Truncate(long length) { }

    public void Flush() { }

    public void Dispose() { }

    private void Write(ReadOnlySpan<byte> bytes, long position)
    {
        while (!bytes.IsEmpty)
        {
            var (chunk, at) = Math.DivRem(position, ChunkBytes);
            if (chunk >= chunks.Length) chunks = [.. chunks, new byte[ChunkBytes]];
            var part = bytes[..Math.Min(bytes.Length, ChunkBytes - (int)at)];
            part.CopyTo(chunks[chunk].AsSpan((int)at));
            bytes = bytes[part.Length..];
            position += part.Length;
        }
    }
}
