using Microsoft.Extensions.Logging;

namespace Weir.Streams.Pravega;

internal static partial class PravegaStoreMessages
{
    [LoggerMessage(1, LogLevel.Warning, "A reader of stream {Stream} met a gap: {Detail}")]
    public static partial void GapMet(ILogger logger, StreamName stream, string detail);

    [LoggerMessage(3, LogLevel.Warning, "Stream {Stream}, which queues share, could not be truncated yet: {Reason}")]
    public static partial void SharedTruncationFails(ILogger logger, string stream, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Stream {Stream} could not be truncated up to {Before} yet: {Reason}")]
    public static partial void TruncationFails(ILogger logger, StreamName stream, StreamPosition before, string reason);
}
