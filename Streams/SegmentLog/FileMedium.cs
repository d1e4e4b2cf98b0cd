using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Weir.Streams.SegmentLog;

/// <summary>A segment in a file; reads come from the page cache where the system still has it.</summary>
internal sealed class FileMedium : ISegmentMedium
{
    // Up to this size one copy costs less than pinning each buffer for a gathering write.
    private const int CopyUpTo = 1 << 20;

    private readonly SafeFileHandle handle;

    private FileMedium(SafeFileHandle handle) => this.handle = handle;

    public long Length => RandomAccess.GetLength(handle);

    public static FileMedium Create(string path) =>
        new(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public static FileMedium Open(string path, FileAccess access) =>
        new(File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess));

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position)
    {
        if (buffers.Count == 1)
        {
            RandomAccess.Write(handle, buffers[0].Span, position);
            return;
        }
        var total = 0L;
        for (var i = 0; i < buffers.Count; i++) total += buffers[i].Length;
        if (total > CopyUpTo)
        {
            RandomAccess.Write(handle, buffers, position);
            return;
        }
        var copy = ArrayPool<byte>.Shared.Rent((int)total);
        var at = 0;
        for (var i = 0; i < buffers.Count; i++)
        {
            buffers[i].Span.CopyTo(copy.AsSpan(at));
            at += buffers[i].Length;
        }
        try
        {
            RandomAccess.Write(handle, copy.AsSpan(0, at), position);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    public int Read(Span<byte> buffer, long position)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = RandomAccess.Read(handle, buffer[filled..], position + filled);
            if (read == 0) break;
            filled += read;
        }
        return filled;
    }

    public void Truncate(long length) => RandomAccess.SetLength(handle, length);

    public void Flush() => Folder.Flush(handle);

    public void Dispose() => handle.Dispose();
}
