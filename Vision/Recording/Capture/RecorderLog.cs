using Microsoft.Extensions.Logging;

namespace Weir.Vision.Recording.Capture;

/// <summary>What a recorder logs. Reasons come without passwords.</summary>
internal static partial class RecorderLog
{
    [LoggerMessage(EventId = 11, Message = "Recording of camera {Camera} is {State}: {Reason}")]
    public static partial void StateChanged(ILogger logger, LogLevel level, string camera, RecorderState state, string reason);

    [LoggerMessage(EventId = 12, Level = LogLevel.Error, Message = "Recording of camera {Camera}: a run failed")]
    public static partial void RunFailed(ILogger logger, string camera, Exception error);
}
