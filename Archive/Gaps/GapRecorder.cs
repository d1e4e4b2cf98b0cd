using Microsoft.Extensions.Logging;

namespace Weir.Archive;

/// <summary>
/// Keeps gaps found where nothing can be done about a list that cannot be written: the gap is known at once, and the
/// archiver writes the list as soon as the disk allows.
/// </summary>
internal sealed class GapRecorder(GapList gaps, string exchange, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(10);

    private DateTimeOffset lastNoted;

    public void Record(MessageKey first, MessageKey last, long? messages, MessageGapCause cause, string detail)
    {
        ArchiveLog.GapFound(logger, detail);
        try
        {
            gaps.Add(new MessageGap(first, last, messages, cause, time.GetUtcNow(), detail));
        }
        catch (IOException error)
        {
            ArchiveLog.GapsNotWritten(logger, error, exchange);
        }
    }

    /// <summary>
    /// Keeps what a full ring let go of or refused. It may come thousands of times a second, so the list is written by
    /// and by, and only the first of a run is told to the log.
    /// </summary>
    public void Note(MessageKey first, MessageKey last, long messages, MessageGapCause cause, string detail)
    {
        var now = time.GetUtcNow();
        if (now - lastNoted > QuietFor || now < lastNoted) ArchiveLog.GapFound(logger, detail);
        lastNoted = now;
        gaps.Note(new MessageGap(first, last, messages, cause, now, detail));
    }

    /// <summary>Keeps what lies between two keys of the stream, if anything does.</summary>
    /// <returns>How many messages those are, without those that a gap speaks of already.</returns>
    public long RecordBetween(MessageKey before, MessageKey after, string detail, MessageGapCause cause = MessageGapCause.Stream)
    {
        var all = 0L;
        foreach (var (first, last) in gaps.Uncovered(before.Sequence + 1, after.Sequence - 1))
        {
            Record(new MessageKey(before.TimestampMicros, first), new MessageKey(after.TimestampMicros, last), last - first + 1, cause, detail);
            all += last - first + 1;
        }
        return all;
    }
}
