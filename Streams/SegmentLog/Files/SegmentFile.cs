namespace Weir.Streams.SegmentLog.Files;

/// <summary>One segment file, as it was when it was looked at. It may be read while a site writes to it.</summary>
public sealed class SegmentFile
{
    private readonly long end;
    private readonly bool isNewest;

    private SegmentFile(string path, long firstOffset, long length, long footerAt, int? writers, bool isNewest)
    {
        Path = path;
        FirstOffset = firstOffset;
        Length = length;
        end = footerAt;
        HasFooter = footerAt < length;
        Writers = writers;
        this.isNewest = isNewest;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>The offset of its first event, which its name says.</summary>
    public long FirstOffset { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>Whether it was closed with an index; one without is scanned when its stream is opened.</summary>
    public bool HasFooter { get; }

    /// <summary>How many writers its head knows; null where the head is damaged, or not written yet.</summary>
    public int? Writers { get; }

    /// <summary>Whether its head is damaged. The newest segment without a batch is only being begun.</summary>
    public bool IsHeadDamaged => Writers is null && (!isNewest || Read().Any(part => part is SegmentBatch));

    /// <summary>Reads it from its beginning: every byte behind its head belongs to one of the parts.</summary>
    /// <param name="withEvents">Whether batches bring their events.</param>
    /// <exception cref="IOException">It cannot be read; it may have been let go of since it was listed.</exception>
    public IEnumerable<SegmentPart> Read(bool withEvents = false)
    {
        using var medium = FileMedium.Open(Path, FileAccess.Read);
        using var walker = new BatchWalker(medium, Writers is { } known ? SegmentHeader.SizeFor(known) : 0, end);
        while (walker.Position < end)
        {
            var at = walker.Position;
            if (walker.TryNext(checkBody: true, out var batch))
            {
                yield return Part(batch, at, withEvents ? Events(medium, batch, at) : []);
                continue;
            }
            var isFollowed = walker.TryFind(at + 1, 0, out _);
            var next = isFollowed ? walker.Position : end;
            yield return new SegmentDamage(at, next - at, IsTail: isNewest && !isFollowed);
            if (!isFollowed) yield break;
        }
    }

    internal static SegmentFile Open(string path, long firstOffset, bool isNewest)
    {
        using var medium = FileMedium.Open(path, FileAccess.Read);
        var length = medium.Length;
        var writers = SegmentHeader.TryRead(medium, length, firstOffset)?.Count;
        SegmentFooter.TryRead(medium, length, out var footerAt);
        return new SegmentFile(path, firstOffset, length, footerAt, writers, isNewest);
    }

    private static SegmentBatch Part(in BatchHeader batch, long at, IReadOnlyList<StoredEvent> events) => new(
        at, batch.Length, batch.FirstOffset, batch.Count, batch.MinTimestamp, batch.MaxTimestamp, batch.Writer,
        batch.FirstEventNumber, events);

    private static StoredEvent[] Events(FileMedium medium, in BatchHeader header, long at)
    {
        var bytes = new byte[header.Length];
        medium.Read(bytes, at);
        var events = new StoredEvent[header.Count];
        for (var i = 0; i < events.Length; i++)
        {
            var start = BatchBody.End(bytes, i - 1);
            events[i] = new StoredEvent(
                StreamLog.At(header.FirstOffset + i), BatchBody.Timestamp(bytes, i),
                bytes.AsMemory(header.PayloadsAt + start, BatchBody.End(bytes, i) - start));
        }
        return events;
    }
}
