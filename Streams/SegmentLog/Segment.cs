using System.Globalization;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// One segment of a stream. The appender alone changes it; readers see the part up to <see cref="Length"/>. Its file
/// is open only while somebody has it pinned.
/// </summary>
internal sealed class Segment
{
    private const string Extension = ".seg";

    private readonly Lock gate = new();
    private ISegmentMedium? medium;
    private int pins;
    private long length;
    private long nextOffset;

    private Segment(long baseOffset, string? path, long firstBatchAt, long length, long nextOffset, SparseIndex index)
    {
        Base = baseOffset;
        Path = path;
        FirstBatchAt = firstBatchAt;
        Index = index;
        this.length = length;
        this.nextOffset = nextOffset;
    }

    /// <summary>The offset of its first event.</summary>
    public long Base { get; }

    /// <summary>Its file; null where it is in memory.</summary>
    public string? Path { get; }

    /// <summary>Where its first batch lies.</summary>
    public long FirstBatchAt { get; }

    public SparseIndex Index { get; }

    /// <summary>Where the batches end that readers may see.</summary>
    public long Length => Volatile.Read(ref length);

    /// <summary>The offset after the last event that readers may see.</summary>
    public long NextOffset => Volatile.Read(ref nextOffset);

    /// <summary>The greatest timestamp of its events.</summary>
    public long MaxTimestamp { get; private set; } = long.MinValue;

    /// <summary>Whether it takes no more batches.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Bytes behind the batches.</summary>
    public int FooterBytes { get; private set; }

    public bool IsEmpty => NextOffset == Base;

    /// <summary>Whether its file is where it should be.</summary>
    public bool IsThere => Path is null || File.Exists(Path);

    public static string FileName(long baseOffset) => baseOffset.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    /// <summary>Reads the first offset out of a file's name.</summary>
    public static bool TryParse(string path, out long baseOffset)
    {
        baseOffset = 0;
        return System.IO.Path.GetExtension(path) == Extension
            && long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path.AsSpan()), NumberStyles.None,
                CultureInfo.InvariantCulture, out baseOffset);
    }

    /// <summary>Makes an empty segment and pins it. With a null folder it is in memory.</summary>
    public static Segment Create(string? folder, long baseOffset, byte[] header, out ISegmentMedium medium)
    {
        var path = folder is null ? null : System.IO.Path.Combine(folder, FileName(baseOffset));
        medium = path is null ? new MemoryMedium() : FileMedium.Create(path);
        try
        {
            medium.Write([header], 0);
        }
        catch (Exception)
        {
            medium.Dispose();
            if (path is not null) Folder.DeleteQuietly(path);
            throw;
        }
        return new Segment(baseOffset, path, header.Length, header.Length, baseOffset, new SparseIndex())
        {
            medium = medium,
            pins = 1,
        };
    }

    /// <summary>A segment that was found on disk.</summary>
    public static Segment Found(
        string path, long baseOffset, long firstBatchAt, long length, long nextOffset, long maxTimestamp,
        SparseIndex index, int footerBytes, bool isClosed) =>
        new(baseOffset, path, firstBatchAt, length, nextOffset, index)
        {
            MaxTimestamp = maxTimestamp, FooterBytes = footerBytes, IsClosed = isClosed,
        };

    /// <summary>Opens the file unless it is open, and keeps it so until <see cref="Unpin"/>.</summary>
    public ISegmentMedium Pin()
    {
        lock (gate)
        {
            // A segment in memory has no file to come back from, so its medium is never let go.
            medium ??= FileMedium.Open(Path!, IsClosed ? FileAccess.Read : FileAccess.ReadWrite);
            pins++;
            return medium;
        }
    }

    public void Unpin()
    {
        lock (gate)
        {
            if (--pins > 0 || Path is null) return;
            medium?.Dispose();
            medium = null;
        }
    }

    /// <summary>Shows readers one more batch.</summary>
    public void Publish(in BatchHeader header)
    {
        Index.Add(new IndexEntry(header.FirstOffset, length, MaxTimestamp));
        MaxTimestamp = Math.Max(MaxTimestamp, header.MaxTimestamp);
        Volatile.Write(ref length, length + header.Length);
        Volatile.Write(ref nextOffset, header.NextOffset);
    }

    /// <summary>Takes no more batches from now on.</summary>
    public void Close(int footerBytes)
    {
        IsClosed = true;
        FooterBytes = footerBytes;
    }

    /// <summary>Where to begin to look for an offset.</summary>
    public long Seek(long offset) => Index.FindOffset(offset)?.Position ?? FirstBatchAt;

    /// <summary>Where to begin to look for a time: all that lies before is older.</summary>
    public long SeekTime(long timestamp) => Index.FindTime(timestamp)?.Position ?? FirstBatchAt;
}
