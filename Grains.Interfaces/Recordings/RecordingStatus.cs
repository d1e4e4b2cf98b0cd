namespace Weir.Grains.Interfaces.Recordings;

/// <summary>How the recording of a camera stands.</summary>
public enum RecordingState
{
    /// <summary>It does not run.</summary>
    Stopped,

    /// <summary>It was started; no video has come yet.</summary>
    Starting,

    /// <summary>Video comes, and waits for something that makes it worth keeping.</summary>
    Waiting,

    /// <summary>Video comes and is kept.</summary>
    Recording,

    /// <summary>Video does not come, or the store does not take it. It is tried again.</summary>
    Failed,
}

/// <summary>How the recording of a camera does just now.</summary>
[GenerateSerializer, Immutable, Alias("weir.RecordingStatus")]
public sealed record RecordingStatus
{
    /// <summary>The camera's id.</summary>
    [Id(0)] public required string Camera { get; init; }

    /// <summary>When video is kept.</summary>
    [Id(1)] public RecordingMode Mode { get; init; }

    /// <summary>How it stands.</summary>
    [Id(2)] public RecordingState State { get; init; }

    /// <summary>Why, in a sentence; null while all is well.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>Since when it stands so.</summary>
    [Id(4)] public DateTimeOffset? Since { get; init; }

    /// <summary>Where the video comes from, without user and password.</summary>
    [Id(5)] public string? Source { get; init; }

    /// <summary>The kind of video, such as <c>avc1</c> for H.264.</summary>
    [Id(6)] public string? Codec { get; init; }

    /// <summary>Width and height of the pictures.</summary>
    [Id(7)] public string? Picture { get; init; }

    /// <summary>Up to where video is stored.</summary>
    [Id(8)] public DateTimeOffset? StoredTo { get; init; }

    /// <summary>Bytes of video on disk, windows apart.</summary>
    [Id(9)] public long Bytes { get; init; }

    /// <summary>Fragments stored since the recording was started.</summary>
    [Id(10)] public long Fragments { get; init; }

    /// <summary>Gaps declared since then.</summary>
    [Id(11)] public long Gaps { get; init; }

    /// <summary>How often the process that copies was started again.</summary>
    [Id(12)] public long Restarts { get; init; }

    /// <summary>Its process id, for diagnosis.</summary>
    [Id(13)] public int? ProcessId { get; init; }
}

/// <summary>What retention is about to let go. Nothing has been changed.</summary>
/// <param name="Fragments">Fragments of video that go.</param>
/// <param name="ByAge">How many of them because of their age; the others go as there are too many bytes.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="From">Where what goes begins; null where nothing goes.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Oldest">Where what stays begins; null where nothing is recorded.</param>
/// <param name="KeptBytes">Bytes that stay.</param>
/// <param name="Lasts">For how long of recording the bytes are enough at the present rate; null where that is not known.</param>
/// <param name="HeldFragments">
/// Of the fragments that stay: those that are older than their mode allows. Space comes back from the beginning only, and what
/// lies before them is to stay longer.
/// </param>
/// <param name="HeldBytes">Their bytes.</param>
[GenerateSerializer, Immutable, Alias("weir.RecordingRetentionPreview")]
public sealed record RecordingRetentionPreview(
    [property: Id(0)] int Fragments, [property: Id(1)] int ByAge, [property: Id(2)] long Bytes,
    [property: Id(3)] DateTimeOffset? From, [property: Id(4)] DateTimeOffset? To, [property: Id(5)] DateTimeOffset? Oldest,
    [property: Id(6)] long KeptBytes, [property: Id(7)] TimeSpan? Lasts, [property: Id(8)] int HeldFragments, [property: Id(9)] long HeldBytes);
