using Microsoft.Extensions.Logging;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// Reads a stream's folder at open. Of the newest segment, which may have been written to when the process or the
/// power went, it keeps all before the first bad batch; older segments are left as they are.
/// </summary>
internal sealed class StreamRecovery(StreamName name, string folder, int maxWriters, ILogger logger)
{
    private readonly List<Segment> segments = [];
    private readonly WriterTable writers = new(maxWriters);
    private readonly CheckpointFiles checkpoints = new(name, folder);
    private long lostBefore;

    public RecoveredStream Run()
    {
        var files = FindFiles();
        checkpoints.Load((path, e) => SegmentLogMessages.CheckpointUnreadable(logger, name, path, e));

        while (files.Count > 0 && !TryOpenNewest(files[^1].Path, files[^1].Base))
        {
            Folder.DeleteQuietly(files[^1].Path);
            files.RemoveAt(files.Count - 1);
        }
        for (var i = files.Count - 2; i >= 0; i--) segments.Insert(0, OpenOlder(files[i].Path, files[i].Base, files[i + 1].Base));
        RecoverWriters();

        var end = segments is [.., var last] ? last.NextOffset : 0;
        // A reader has been further than the stream goes: the events that it saw are lost, their offsets are not reused.
        var seen = checkpoints.All.Select(c => c.Position.Offset).DefaultIfEmpty(0).Max();
        var next = Math.Max(end, Math.Max(lostBefore, seen));
        if (next > end) SegmentLogMessages.TailLost(logger, name, end, next);
        return new RecoveredStream(segments, writers, checkpoints, next);
    }

    private List<(string Path, long Base)> FindFiles()
    {
        var files = new List<(string Path, long Base)>();
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (Folder.IsTemporary(path)) Folder.DeleteQuietly(path);
            else if (Segment.TryParse(path, out var baseOffset)) files.Add((path, baseOffset));
        }
        files.Sort((a, b) => a.Base.CompareTo(b.Base));
        return files;
    }

    // False where the file was begun and nothing of it is sound.
    private bool TryOpenNewest(string path, long baseOffset)
    {
        using var medium = FileMedium.Open(path, FileAccess.ReadWrite);
        var fileLength = medium.Length;
        if (SegmentFooter.TryRead(medium, fileLength, out _) is not null)
        {
            segments.Add(OpenOlder(path, baseOffset, long.MaxValue));
            return true;
        }

        var header = SegmentHeader.TryRead(medium, fileLength, baseOffset);
        var firstBatchAt = header is null ? 0L : SegmentHeader.SizeFor(header.Count);
        if (header is null)
        {
            using var search = new BatchWalker(medium, 0, fileLength);
            if (!search.TryFind(0, baseOffset, out _)) return false;
            firstBatchAt = search.Position;
        }

        using var walker = new BatchWalker(medium, firstBatchAt, fileLength);
        var index = new SparseIndex();
        var (next, maxTimestamp, position) = (baseOffset, long.MinValue, firstBatchAt);
        while (walker.TryNext(checkBody: true, out var batch) && batch.FirstOffset == next)
        {
            index.Add(new IndexEntry(batch.FirstOffset, position, maxTimestamp));
            (next, maxTimestamp, position) = (batch.NextOffset, Math.Max(maxTimestamp, batch.MaxTimestamp), walker.Position);
        }
        if (position < fileLength) CutTail(medium, path, position, fileLength, next);
        segments.Add(Segment.Found(path, baseOffset, firstBatchAt, position, next, maxTimestamp, index, 0, isClosed: false));
        return true;
    }

    private void CutTail(FileMedium medium, string path, long from, long fileLength, long next)
    {
        using var walker = new BatchWalker(medium, from, fileLength);
        var at = from + 1;
        while (walker.TryFind(at, next, out var batch))
        {
            lostBefore = Math.Max(lostBefore, batch.NextOffset);
            at = walker.Position + batch.Length;
        }
        medium.Truncate(from);
        SegmentLogMessages.TailCut(logger, name, path, fileLength - from, Math.Max(0, lostBefore - next));
    }

    private static Segment OpenOlder(string path, long baseOffset, long nextBase)
    {
        using var medium = FileMedium.Open(path, FileAccess.Read);
        var fileLength = medium.Length;
        // With its head gone, a reader looks for the first batch from the start of the file.
        var header = SegmentHeader.TryRead(medium, fileLength, baseOffset);
        var firstBatchAt = header is null ? 0 : SegmentHeader.SizeFor(header.Count);
        if (SegmentFooter.TryRead(medium, fileLength, out var footerAt) is { } footer)
        {
            return Segment.Found(
                path, baseOffset, firstBatchAt, footerAt, footer.NextOffset, footer.MaxTimestamp,
                new SparseIndex(footer.Index), (int)(fileLength - footerAt), isClosed: true);
        }

        var index = new SparseIndex();
        var (next, maxTimestamp, end) = (baseOffset, long.MinValue, (long)firstBatchAt);
        foreach (var (batch, at) in Walk(medium, firstBatchAt, fileLength, nextBase))
        {
            index.Add(new IndexEntry(batch.FirstOffset, at, maxTimestamp));
            (next, maxTimestamp, end) = (batch.NextOffset, Math.Max(maxTimestamp, batch.MaxTimestamp), at + batch.Length);
        }
        return Segment.Found(path, baseOffset, firstBatchAt, end, next, maxTimestamp, index, 0, isClosed: true);
    }

    // The numbers stand in the newest sound segment head, and in the batches since.
    private void RecoverWriters()
    {
        var from = segments.Count;
        while (from > 0)
        {
            from--;
            using var medium = FileMedium.Open(segments[from].Path!, FileAccess.Read);
            if (SegmentHeader.TryRead(medium, medium.Length, segments[from].Base) is not { } known) continue;
            foreach (var writer in known) writers.Recover(writer.Writer, writer.LastEventNumber, writer.LastOffset);
            break;
        }
        for (; from < segments.Count; from++)
        {
            using var medium = FileMedium.Open(segments[from].Path!, FileAccess.Read);
            foreach (var (batch, _) in Walk(medium, segments[from].FirstBatchAt, segments[from].Length, long.MaxValue))
                writers.Recover(batch.Writer, batch.LastEventNumber, batch.FirstOffset);
        }
    }

    // The batches with a sound head; a bad one is stepped over. A batch of the next segment's offsets is a leftover of
    // a write that failed.
    private static IEnumerable<(BatchHeader Batch, long At)> Walk(FileMedium medium, long from, long end, long nextBase)
    {
        using var walker = new BatchWalker(medium, from, end);
        while (true)
        {
            var at = walker.Position;
            if (walker.TryNext(checkBody: false, out var batch))
            {
                if (batch.FirstOffset >= nextBase) yield break;
                yield return (batch, at);
            }
            else if (!walker.TryFind(at + 1, 0, out _))
            {
                yield break;
            }
        }
    }
}
