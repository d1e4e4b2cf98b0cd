using Microsoft.Extensions.Logging;

namespace Weir.Vision.Pipeline;

/// <summary>What a pipeline logs. Reasons come without passwords.</summary>
internal static partial class CameraLog
{
    [LoggerMessage(EventId = 1, Message = "Camera {Camera} is {State}: {Reason}")]
    public static partial void StateChanged(ILogger logger, LogLevel level, string camera, CameraState state, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "Camera {Camera}: a run of the pipeline failed")]
    public static partial void RunFailed(ILogger logger, string camera, Exception error);
}
