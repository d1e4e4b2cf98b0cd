using Weir.Vision.Models;

namespace Weir.Vision.Recording.Capture;

/// <summary>How the recording of a camera stands.</summary>
public enum RecorderState
{
    /// <summary>It does not run.</summary>
    Stopped,

    /// <summary>It was started; no video has come yet.</summary>
    Starting,

    /// <summary>Video comes, and waits in memory for something that makes it worth keeping.</summary>
    Waiting,

    /// <summary>Video comes and is kept.</summary>
    Recording,

    /// <summary>Video does not come, or the store does not take it. It is tried again.</summary>
    Failed,
}

/// <summary>The state of a recorder at one moment.</summary>
public sealed record RecorderStatus
{
    /// <summary>How it stands.</summary>
    public required RecorderState State { get; init; }

    /// <summary>Why, in a sentence; null where nothing is wrong. Never holds a password.</summary>
    public string? Reason { get; init; }

    /// <summary>Since when it stands so.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The source, without user and password.</summary>
    public required string Source { get; init; }

    /// <summary>The kind of video, such as <c>avc1</c>; null before the first.</summary>
    public string? Codec { get; init; }

    /// <summary>The size of its pictures; null before the first.</summary>
    public PictureSize? Picture { get; init; }

    /// <summary>Up to where video is stored, in µs since 1970 UTC; null before the first.</summary>
    public long? StoredTo { get; init; }

    /// <summary>Fragments stored since the recorder was made.</summary>
    public long Fragments { get; init; }

    /// <summary>Bytes of video stored since then.</summary>
    public long Bytes { get; init; }

    /// <summary>Gaps declared since then.</summary>
    public long Gaps { get; init; }

    /// <summary>How often ffmpeg was started again.</summary>
    public long Restarts { get; init; }

    /// <summary>The process id of ffmpeg while it runs, for diagnosis.</summary>
    public int? ProcessId { get; init; }
}
