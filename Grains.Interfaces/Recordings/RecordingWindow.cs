namespace Weir.Grains.Interfaces.Recordings;

/// <summary>Asks for a range of time to be kept, such as that round an incident.</summary>
[GenerateSerializer, Immutable, Alias("weir.WindowRequest")]
public sealed record WindowRequest
{
    /// <summary>Where it begins, in µs since 1970 UTC.</summary>
    [Id(0)] public required long From { get; init; }

    /// <summary>Where it ends; may lie in the future. At most a day after its beginning.</summary>
    [Id(1)] public required long To { get; init; }

    /// <summary>What it is about.</summary>
    [Id(2)] public string? Note { get; init; }

    /// <summary>Whether it goes as soon as it was fetched whole.</summary>
    [Id(3)] public bool ReleaseWhenFetched { get; init; }

    /// <summary>How long it is kept though nobody has fetched or released it; at least a minute.</summary>
    [Id(4)] public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>A range of time that is kept whatever retention lets go, until it is fetched or released.</summary>
[GenerateSerializer, Immutable, Alias("weir.RecordingWindow")]
public sealed record RecordingWindow
{
    /// <summary>Its id, within the camera.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Where it begins, in µs since 1970 UTC.</summary>
    [Id(1)] public required long From { get; init; }

    /// <summary>Where it ends.</summary>
    [Id(2)] public required long To { get; init; }

    /// <summary>What it is about.</summary>
    [Id(3)] public string? Note { get; init; }

    /// <summary>When it was asked for.</summary>
    [Id(4)] public DateTimeOffset Created { get; init; }

    /// <summary>When it goes though nobody has fetched or released it.</summary>
    [Id(5)] public DateTimeOffset KeepUntil { get; init; }

    /// <summary>Whether it goes as soon as it was fetched whole.</summary>
    [Id(6)] public bool ReleaseWhenFetched { get; init; }

    /// <summary>Up to where its video is safe, in µs since 1970 UTC.</summary>
    [Id(7)] public long SafeTo { get; init; }

    /// <summary>Whether all of it is safe.</summary>
    [Id(8)] public bool IsWhole { get; init; }

    /// <summary>When it was last fetched; null where it never was.</summary>
    [Id(9)] public DateTimeOffset? Fetched { get; init; }

    /// <summary>Bytes of video on disk.</summary>
    [Id(10)] public long Bytes { get; init; }
}
