namespace Weir.Grains.Interfaces.Recordings;

/// <summary>When a camera's video is kept.</summary>
public enum RecordingMode
{
    /// <summary>Never.</summary>
    Off,

    /// <summary>While something moves, with some time before and after.</summary>
    Motion,

    /// <summary>While a model finds something, with some time before and after.</summary>
    Detection,

    /// <summary>Always.</summary>
    Continuous,
}

/// <summary>What a person sets of a camera's recording.</summary>
[GenerateSerializer, Immutable, Alias("weir.RecordingSettings")]
public sealed record RecordingSettings
{
    /// <summary>When video is kept.</summary>
    [Id(0)] public RecordingMode Mode { get; init; } = RecordingMode.Continuous;

    /// <summary>
    /// Where the video comes from, where that is not the camera's own source: the main stream of a camera whose sub stream
    /// the models look at. A user and password in it are shown nowhere.
    /// </summary>
    [Id(1)] public string? Url { get; init; }

    /// <summary>How much is kept before motion or a detection, 0 to 5 min; it is held in memory.</summary>
    [Id(2)] public TimeSpan PreRoll { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much is kept after it, 0 to 1 h.</summary>
    [Id(3)] public TimeSpan PostRoll { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The classes that count in the mode <see cref="RecordingMode.Detection"/>; none for all.</summary>
    [Id(4)] public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Age at which video goes that was recorded always; at least a minute.</summary>
    [Id(5)] public TimeSpan ContinuousAge { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Age at which video goes that was recorded on motion; at least a minute.</summary>
    [Id(6)] public TimeSpan MotionAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Age at which video goes that was recorded on detection; at least a minute.</summary>
    [Id(7)] public TimeSpan DetectionAge { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Most bytes of video of this camera; at least 16 MiB.</summary>
    [Id(8)] public long MaxBytes { get; init; } = 20L << 30;

    /// <summary>How long no video may come before its process is started anew, 1 s to 10 min.</summary>
    [Id(9)] public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(15);
}
