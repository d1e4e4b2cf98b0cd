namespace Weir.Grains.Interfaces.Sites;

/// <summary>What lies beneath a site.</summary>
[GenerateSerializer, Immutable, Alias("weir.SystemStatus")]
public sealed record SystemStatus
{
    /// <summary>When this was true.</summary>
    [Id(0)] public DateTimeOffset Time { get; init; }

    /// <summary>The silos of the site that run.</summary>
    [Id(1)] public IReadOnlyList<SiloStatus> Silos { get; init; } = [];

    /// <summary>Grains that are active, by type.</summary>
    [Id(2)] public IReadOnlyList<GrainCount> Grains { get; init; } = [];

    /// <summary>The streams of the site, by name.</summary>
    [Id(3)] public IReadOnlyList<StreamStatus> Streams { get; init; } = [];

    /// <summary>What brings results into the database, by stream.</summary>
    [Id(4)] public IReadOnlyList<ResultSinkStatus> ResultSinks { get; init; } = [];
}

/// <summary>How far one stream of results is in the database.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Place">All before this place is in the database; null before the first look at it.</param>
/// <param name="Lag">How far that is behind the stream's newest event: events in the segment log, bytes in Pravega.</param>
/// <param name="Behind">How old the oldest event is that is not in the database yet; zero where all are.</param>
/// <param name="StoredRows">Rows stored since the start.</param>
/// <param name="DeadLetters">Events that no table took since the start.</param>
/// <param name="Fault">What is wrong, in a sentence; null where nothing is.</param>
[GenerateSerializer, Immutable, Alias("weir.ResultSinkStatus")]
public sealed record ResultSinkStatus(
    [property: Id(0)] string Stream, [property: Id(1)] string? Place, [property: Id(2)] long Lag, [property: Id(3)] TimeSpan Behind,
    [property: Id(4)] long StoredRows, [property: Id(5)] long DeadLetters, [property: Id(6)] string? Fault);

/// <summary>A process of a site.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version of Weir.</param>
/// <param name="Runtime">The Orleans that carries the grains.</param>
/// <param name="Started">Since when it runs.</param>
/// <param name="ProcessId">Its process id.</param>
/// <param name="Processors">Processors it may use.</param>
/// <param name="CpuShare">Share of those processors it has used since it was last asked, 0 to 1.</param>
/// <param name="MemoryBytes">Memory it has (resident set).</param>
/// <param name="ManagedBytes">Managed memory it has.</param>
[GenerateSerializer, Immutable, Alias("weir.SiloStatus")]
public sealed record SiloStatus(
    [property: Id(0)] string Name, [property: Id(1)] string Version, [property: Id(2)] string Runtime,
    [property: Id(3)] DateTimeOffset Started, [property: Id(4)] int ProcessId, [property: Id(5)] int Processors,
    [property: Id(6)] double CpuShare, [property: Id(7)] long MemoryBytes, [property: Id(8)] long ManagedBytes);

/// <summary>Active grains of a type.</summary>
[GenerateSerializer, Immutable, Alias("weir.GrainCount")]
public sealed record GrainCount([property: Id(0)] string Type, [property: Id(1)] int Activations);

/// <summary>A stream and its readers.</summary>
/// <param name="Name">Its name, as <c>scope/stream</c>.</param>
/// <param name="Events">Events it holds; null where its store does not count them.</param>
/// <param name="Bytes">Bytes it holds.</param>
/// <param name="Head">The position of its oldest event.</param>
/// <param name="Tail">The position after its newest event.</param>
/// <param name="Readers">Its readers.</param>
[GenerateSerializer, Immutable, Alias("weir.StreamStatus")]
public sealed record StreamStatus(
    [property: Id(0)] string Name, [property: Id(1)] long? Events, [property: Id(2)] long Bytes,
    [property: Id(3)] string Head, [property: Id(4)] string Tail, [property: Id(5)] IReadOnlyList<ReaderStatus> Readers);

/// <summary>A reader of a stream.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Position">How far it has got.</param>
/// <param name="Lag">How far it is behind the tail, in events; null where the store does not count them.</param>
[GenerateSerializer, Immutable, Alias("weir.ReaderStatus")]
public sealed record ReaderStatus(
    [property: Id(0)] string Name, [property: Id(1)] string Position, [property: Id(2)] long? Lag);
