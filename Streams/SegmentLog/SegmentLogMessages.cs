using Microsoft.Extensions.Logging;

namespace Weir.Streams.SegmentLog;

internal static partial class SegmentLogMessages
{
    [LoggerMessage(1, LogLevel.Error, "Stream {Stream} cannot be appended to; its readers go on.")]
    public static partial void AppendFailed(ILogger logger, StreamName stream, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "Stream {Stream} can be appended to again.")]
    public static partial void AppendsWorkAgain(ILogger logger, StreamName stream);

    [LoggerMessage(3, LogLevel.Warning, "Stream {Stream}: what a failed append left could not be cut off yet.")]
    public static partial void UndoFailed(ILogger logger, StreamName stream, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "Stream {Stream}: a segment was closed without its footer; it opens more slowly.")]
    public static partial void FooterFailed(ILogger logger, StreamName stream, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "Stream {Stream}: the new truncation mark could not be stored.")]
    public static partial void ManifestFailed(ILogger logger, StreamName stream, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "Stream {Stream} let go of its events {First} to {Next} (excluded).")]
    public static partial void SegmentDropped(ILogger logger, StreamName stream, long first, long next);

    [LoggerMessage(7, LogLevel.Warning,
        "Stream {Stream}: the torn tail of {Path} was cut: {Bytes} bytes, with {Events} events in sound batches behind "
        + "the first bad one.")]
    public static partial void TailCut(ILogger logger, StreamName stream, string path, long bytes, long events);

    [LoggerMessage(8, LogLevel.Warning,
        "Stream {Stream} has lost its newest events: it ends at {End}, but had got to {Next}; it goes on there.")]
    public static partial void TailLost(ILogger logger, StreamName stream, long end, long next);

    [LoggerMessage(9, LogLevel.Warning, "Stream {Stream}: the checkpoint in {Path} cannot be read and is passed over.")]
    public static partial void CheckpointUnreadable(ILogger logger, StreamName stream, string path, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "A reader of stream {Stream} met a gap: {Detail}")]
    public static partial void GapMet(ILogger logger, StreamName stream, string detail);

    [LoggerMessage(11, LogLevel.Warning, "What was left of a deleted stream in {Path} could not be removed yet.")]
    public static partial void RemainsStay(ILogger logger, string path, Exception exception);

    [LoggerMessage(14, LogLevel.Warning,
        "Stream {Stream}: its options were unreadable and are replaced by those it was created with again; if it was sealed, "
        + "it is not any more.")]
    public static partial void ManifestReplaced(ILogger logger, StreamName stream, Exception exception);

    [LoggerMessage(13, LogLevel.Warning, "The streams could not be kept within the store's budget; it is tried again.")]
    public static partial void BudgetNotKept(ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Error, "Stream {Stream} could not be brought to the device as the store was closed.")]
    public static partial void LastFlushFailed(ILogger logger, StreamName stream, Exception exception);
}
