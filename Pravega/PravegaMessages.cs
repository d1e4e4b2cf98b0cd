using Microsoft.Extensions.Logging;
using Weir.Pravega.Controller;

namespace Weir.Pravega;

internal static partial class PravegaMessages
{
    [LoggerMessage(1, LogLevel.Debug, "Controller: {Method} of {About} fails with {Status} and is tried again: {Reason}")]
    public static partial void CallFails(ILogger logger, string method, Subject about, GrpcStatus status, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The list of controllers cannot be had; the given ones are used: {Reason}")]
    public static partial void ListFails(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Information, "Segment {Segment}: the connection of its writer is lost and will be made anew: {Reason}")]
    public static partial void WriterReconnects(ILogger logger, string segment, string reason);

    [LoggerMessage(4, LogLevel.Information, "Segment {Segment} is sealed; its writer goes on in {Successors}.")]
    public static partial void SegmentSucceeded(ILogger logger, string segment, string successors);

    [LoggerMessage(5, LogLevel.Debug, "Segment store {Server}: the connection is lost: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, string server, string reason);

    [LoggerMessage(6, LogLevel.Error, "Stream {Stream}: its writer gives up.")]
    public static partial void WriterGivesUp(ILogger logger, ScopedStream stream, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "Transaction {Transaction} of stream {Stream} could not be pinged: {Reason}")]
    public static partial void PingFails(ILogger logger, Guid transaction, ScopedStream stream, string reason);
}
