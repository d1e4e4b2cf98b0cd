namespace Weir.Streams.SegmentLog.Files;

/// <summary>A stretch of a segment file: a sound batch, or damage.</summary>
/// <param name="Position">Where it begins in the file, in bytes.</param>
/// <param name="Length">How many bytes it has.</param>
public abstract record SegmentPart(long Position, long Length);

/// <summary>A batch whose head and body match their checksums.</summary>
/// <param name="Position">Where it begins in the file, in bytes.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="FirstOffset">The offset of its first event.</param>
/// <param name="Count">How many events it has.</param>
/// <param name="MinTimestamp">The least timestamp of its events, in microseconds since 1970-01-01 UTC.</param>
/// <param name="MaxTimestamp">The greatest.</param>
/// <param name="Writer">Who wrote it.</param>
/// <param name="FirstEventNumber">The writer's own number of the first event.</param>
/// <param name="Events">The events, where they were asked for; else empty.</param>
public sealed record SegmentBatch(
    long Position, long Length, long FirstOffset, int Count, long MinTimestamp, long MaxTimestamp, Guid Writer,
    long FirstEventNumber, IReadOnlyList<StoredEvent> Events) : SegmentPart(Position, Length);

/// <summary>Bytes that are no sound batch.</summary>
/// <param name="Position">Where they begin in the file.</param>
/// <param name="Length">How many there are, up to the next sound batch or the end.</param>
/// <param name="IsTail">
/// Whether no sound batch follows in a stream's newest segment: a site that runs has not finished writing them, or a crash
/// tore them and the next start cuts them.
/// </param>
public sealed record SegmentDamage(long Position, long Length, bool IsTail) : SegmentPart(Position, Length);
