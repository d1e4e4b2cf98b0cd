using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>Publishes ranges of exchanges again. The key is that of the site. Replays end with the process.</summary>
[Alias("weir.IReplayGrain")]
public interface IReplayGrain : IGrainWithStringKey
{
    /// <summary>Starts a replay.</summary>
    /// <exception cref="ArgumentException">Something of the request is not allowed, or too many run; the message says what.</exception>
    /// <exception cref="KeyNotFoundException">There is no such exchange.</exception>
    [Alias("Start"), AlwaysInterleave] Task<ReplayStatus> StartAsync(ReplayRequest request);

    /// <summary>The replays that run, and the newest of those that have ended; the newest first.</summary>
    [Alias("List"), AlwaysInterleave] Task<IReadOnlyList<ReplayStatus>> ListAsync();

    /// <summary>Ends a replay.</summary>
    /// <returns>False where none of that id runs.</returns>
    [Alias("Cancel"), AlwaysInterleave] Task<bool> CancelAsync(string id);
}

/// <summary>What is to be published again.</summary>
[GenerateSerializer, Immutable, Alias("weir.ReplayRequest")]
public sealed record ReplayRequest
{
    /// <summary>The exchange.</summary>
    [Id(0)] public required string Exchange { get; init; }

    /// <summary>The range; its limit and direction do not matter. What comes later than the start of the replay is not in it.</summary>
    [Id(1)] public MessageQuery Range { get; init; } = new();

    /// <summary>What stands before the topics: with <c>replay</c>, <c>plant/a</c> is published as <c>replay/plant/a</c>.</summary>
    [Id(2)] public string Prefix { get; init; } = "replay";

    /// <summary>How many times as fast as it was, 0.01 to 10,000; null for as fast as <see cref="PerSecond"/> allows.</summary>
    [Id(3)] public double? Speed { get; init; } = 1;

    /// <summary>Most messages a second, 1 to 1,000,000.</summary>
    [Id(4)] public int PerSecond { get; init; } = 10_000;
}

/// <summary>Where a replay stands.</summary>
[GenerateSerializer, Alias("weir.ReplayState")]
public enum ReplayState
{
    /// <summary>It publishes.</summary>
    Running,

    /// <summary>All is published.</summary>
    Done,

    /// <summary>It could not go on; its error says why.</summary>
    Failed,

    /// <summary>Somebody has ended it.</summary>
    Cancelled,
}

/// <summary>How a replay does.</summary>
[GenerateSerializer, Immutable, Alias("weir.ReplayStatus")]
public sealed record ReplayStatus
{
    /// <summary>Its id.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What was asked for.</summary>
    [Id(1)] public required ReplayRequest Request { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(2)] public ReplayState State { get; init; }

    /// <summary>Messages that were published.</summary>
    [Id(3)] public long Published { get; init; }

    /// <summary>Messages that are to be published.</summary>
    [Id(4)] public long Total { get; init; }

    /// <summary>Messages that the broker or an exchange has refused.</summary>
    [Id(5)] public long Refused { get; init; }

    /// <summary>The time of the newest message that was published, in microseconds since 1970; null before the first.</summary>
    [Id(6)] public long? Position { get; init; }

    /// <summary>Why it failed; null otherwise.</summary>
    [Id(7)] public string? Error { get; init; }

    /// <summary>When it began.</summary>
    [Id(8)] public DateTimeOffset Began { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    [Id(9)] public DateTimeOffset? Ended { get; init; }
}
