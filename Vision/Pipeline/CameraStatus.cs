using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>How a camera is doing.</summary>
public enum CameraState
{
    /// <summary>It has been started; no frame has come yet.</summary>
    Starting,

    /// <summary>Frames come.</summary>
    Live,

    /// <summary>Frames came, and have stopped; the decoder is about to start anew.</summary>
    Stale,

    /// <summary>The last start gave no frame; others will follow.</summary>
    Failed,

    /// <summary>It was stopped, or its recording has been played to the end.</summary>
    Stopped,
}

/// <summary>A camera's state at one moment.</summary>
public sealed record CameraStatus
{
    /// <summary>The camera.</summary>
    public required string Id { get; init; }

    /// <summary>How it is doing.</summary>
    public required CameraState State { get; init; }

    /// <summary>Why it is in this state, as a sentence; null where nothing is wrong. Never holds a password.</summary>
    public string? Reason { get; init; }

    /// <summary>Since when it is in this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The source, without user, password and query.</summary>
    public required string Source { get; init; }

    /// <summary>The size of the source's pictures, once known.</summary>
    public PictureSize? Picture { get; init; }

    /// <summary>When the last frame came, if any did.</summary>
    public DateTimeOffset? LastFrame { get; init; }

    /// <summary>The process id of the running decoder, for diagnosis.</summary>
    public int? DecoderProcessId { get; init; }

    /// <summary>Counts and rates.</summary>
    public required CameraStatistics Statistics { get; init; }
}

/// <summary>Counts since the pipeline was made, and rates over the last seconds.</summary>
/// <param name="Frames">Frames decoded.</param>
/// <param name="Detected">Frames that went through the model.</param>
/// <param name="Skipped">Frames that a newer one replaced before the model had time for them.</param>
/// <param name="Restarts">Times that the decoder was started again.</param>
/// <param name="FrameRate">Frames decoded a second.</param>
/// <param name="DetectionRate">Frames a second that went through the model.</param>
/// <param name="InferenceMilliseconds">Time in the model, as a running mean.</param>
/// <param name="Still">Frames that the model did not look at because nothing moved.</param>
public sealed record CameraStatistics(
    long Frames, long Detected, long Skipped, long Restarts, double FrameRate, double DetectionRate, double InferenceMilliseconds,
    long Still);
