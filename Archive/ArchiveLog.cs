using Microsoft.Extensions.Logging;

namespace Weir.Archive;

/// <summary>What the archive tells the log.</summary>
internal static partial class ArchiveLog
{
    [LoggerMessage(1, LogLevel.Information, "Finished the file {File}, which was whole but had no name yet")]
    public static partial void UnfinishedFinished(ILogger logger, string file);

    [LoggerMessage(11, LogLevel.Warning, "The unfinished file {Path} is to be written anew from the stream: {Reason}")]
    public static partial void UnfinishedKept(ILogger logger, string path, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Ignored {Path}: its name is not that of a file of this exchange")]
    public static partial void ForeignFile(ILogger logger, string path);

    [LoggerMessage(3, LogLevel.Information, "Let go of {File}: {Why}")]
    public static partial void FileRetired(ILogger logger, string file, string why);

    [LoggerMessage(4, LogLevel.Error, "Put {Path} aside: {Reason}")]
    public static partial void FileSetAside(ILogger logger, string path, string reason);

    [LoggerMessage(5, LogLevel.Error, "Messages are missing: {Detail}")]
    public static partial void GapFound(ILogger logger, string detail);

    [LoggerMessage(6, LogLevel.Error, "Exchange {Exchange}: archiving failed, trying again in {Delay}")]
    public static partial void ArchivingFailed(ILogger logger, Exception error, string exchange, TimeSpan delay);

    [LoggerMessage(7, LogLevel.Error, "Exchange {Exchange}: reading the stream failed, trying again in {Delay}")]
    public static partial void FeedingFailed(ILogger logger, Exception error, string exchange, TimeSpan delay);

    [LoggerMessage(8, LogLevel.Error, "Exchange {Exchange}: the list of gaps could not be written")]
    public static partial void GapsNotWritten(ILogger logger, Exception error, string exchange);

    [LoggerMessage(9, LogLevel.Information, "Exchange {Exchange}: opened, {Files} files with {Rows} messages, {Waiting} messages in the stream")]
    public static partial void Opened(ILogger logger, string exchange, int files, long rows, long waiting);

    [LoggerMessage(10, LogLevel.Debug, "Exchange {Exchange}: wrote {File}")]
    public static partial void FileWritten(ILogger logger, string exchange, string file);

    [LoggerMessage(12, LogLevel.Debug, "Exchange {Exchange}: retention and gaps have to wait")]
    public static partial void HouseNotKept(ILogger logger, Exception error, string exchange);
}
