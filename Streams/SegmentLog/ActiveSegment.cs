using Microsoft.Extensions.Logging;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// The segment that a stream appends to: begins it, writes to it, closes it when it is full, and lets the oldest
/// segments go when the stream's budget asks for it. For the appender's thread alone.
/// </summary>
internal sealed class ActiveSegment(
    SegmentSet segments, WriterTable writers, StreamLog log, TimeProvider time, long nextOffset)
{
    private Segment? current;
    private ISegmentMedium? medium;
    private bool isDirty;

    /// <summary>The offset that the next event gets.</summary>
    public long NextOffset { get; private set; } = nextOffset;

    /// <summary>How many bytes of batches the next write may have: what the segment has left, or a new one's all.</summary>
    public long RoomFor(int length)
    {
        var left = current is null ? 0 : Left(current);
        return left >= length ? left : log.Options.SegmentBytes;
    }

    /// <summary>Goes on with the newest segment on disk, if it can take more.</summary>
    public void Resume()
    {
        if (segments.Last is not { IsClosed: false } segment || segment.NextOffset != NextOffset) return;
        medium = segment.Pin();
        current = segment;
    }

    /// <summary>Makes sure that a write of this many bytes has a sound segment to go to.</summary>
    public void MakeRoom(long bytes)
    {
        if (current is not null && isDirty && current.IsThere)
        {
            medium!.Truncate(current.Length);
            isDirty = false;
        }
        if (current is null || isDirty || !Fits(current, bytes)) Roll();
    }

    /// <summary>Closes the current segment and begins the next.</summary>
    public void Roll()
    {
        var next = Begin(out var opened);
        if (current is { } old)
        {
            Close(old);
            old.Unpin();
        }
        segments.Add(next);
        (current, medium) = (next, opened);
        isDirty = false;
        log.Retain();
    }

    /// <summary>Writes batches behind the last one and gives them the stream's durability.</summary>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        isDirty = true;
        medium!.Write(buffers, current!.Length);
        if (log.Options.Durability == StreamDurability.Synced) medium.Flush();
        // A write to a file that has been unlinked succeeds and is lost.
        if (!current.IsThere) throw new FolderVanishedException(current.Path!);
        isDirty = false;
    }

    /// <summary>Shows readers a batch that was written.</summary>
    public void Publish(in BatchHeader header)
    {
        current!.Publish(header);
        NextOffset = header.NextOffset;
    }

    /// <summary>Takes back what a failed write may have left; if even that fails, the next append tries again.</summary>
    public void Undo()
    {
        if (!isDirty || current is null) return;
        try
        {
            medium!.Truncate(current.Length);
            isDirty = !current.IsThere;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SegmentLogMessages.UndoFailed(log.Logger, log.Name, e);
        }
    }

    /// <summary>Brings the current segment to the device.</summary>
    public void Flush()
    {
        if (medium is null) return;
        medium.Flush();
        if (current!.Path is not null) Folder.Sync(log.Folder);
    }

    public void Release()
    {
        current?.Unpin();
        (current, medium) = (null, null);
    }

    private long Left(Segment segment) =>
        log.Options.SegmentBytes - segment.Length - SegmentFooter.SizeFor(segment.Index.Count + 1);

    private bool Fits(Segment segment, long bytes) =>
        (Left(segment) >= bytes || segment.IsEmpty) && segment.Path is null == log.IsInMemory;

    private Segment Begin(out ISegmentMedium opened)
    {
        var header = SegmentHeader.Write(NextOffset, time.Microseconds(), writers.Snapshot());
        if (log.IsInMemory) return Segment.Create(null, NextOffset, header, out opened);

        log.EnsureFolder();
        var segment = Segment.Create(log.Folder, NextOffset, header, out opened);
        if (log.Options.Durability != StreamDurability.Synced) return segment;
        try
        {
            opened.Flush();
            Folder.Sync(log.Folder);
            return segment;
        }
        catch (IOException)
        {
            segment.Unpin();
            Folder.DeleteQuietly(segment.Path!);
            throw;
        }
    }

    // Without its footer a segment is only slower to open, so a disk that is full does not stop the roll.
    private void Close(Segment segment)
    {
        if (segment.Path is null || segment.IsEmpty || isDirty)
        {
            segment.Close(0);
            return;
        }
        var footer = new SegmentFooter(segment.NextOffset, segment.MaxTimestamp, segment.Index.ToList()).ToBytes();
        try
        {
            medium!.Write([footer], segment.Length);
            if (log.Options.Durability == StreamDurability.Synced) medium.Flush();
            segment.Close(footer.Length);
        }
        catch (IOException e)
        {
            SegmentLogMessages.FooterFailed(log.Logger, log.Name, e);
            segment.Close(0);
            isDirty = true;
            Undo();
        }
    }
}
