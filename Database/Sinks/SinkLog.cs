using Microsoft.Extensions.Logging;
using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>What the sink logs.</summary>
internal static partial class SinkLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Message} It reads the place again and goes on from there.")]
    public static partial void Overtaken(ILogger logger, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "The sink of stream {Stream} was interrupted; it goes on in a moment.")]
    public static partial void Interrupted(ILogger logger, StreamName stream, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The results of stream {Stream} wait for the database, which is away: {Reason}")]
    public static partial void DatabaseAway(ILogger logger, StreamName stream, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stream {Stream} ends at {Tail}, but the database has it up to {Place}: the stream has lost its end. The sink goes on with what comes.")]
    public static partial void StreamIsShorter(ILogger logger, StreamName stream, StreamPosition place, StreamPosition tail);

    [LoggerMessage(Level = LogLevel.Error, Message = "The database refuses a row among the results of stream {Stream} from {From} to {To}; each event is stored alone, and what is refused goes to the dead letters.")]
    public static partial void Refused(ILogger logger, StreamName stream, StreamPosition from, StreamPosition to, Exception fault);
}
