using Orleans.Concurrency;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Interfaces.Results;

/// <summary>
/// What the site's database has of results: detections, tracks, scene events, evidence. Results are there some hundred
/// milliseconds after they were published. The key is <see cref="ISiteGrain.Key"/>.
/// </summary>
[Alias("weir.IResultsGrain")]
public interface IResultsGrain : IGrainWithStringKey
{
    /// <summary>Detections, a page at a time.</summary>
    /// <exception cref="ArgumentException">The query asks for what cannot be answered; the message says why.</exception>
    [Alias("QueryDetections")] Task<DetectionPage> QueryDetectionsAsync(DetectionQuery query);

    /// <summary>How much was detected, interval by interval.</summary>
    /// <exception cref="ArgumentException">The query asks for what cannot be answered; the message says why.</exception>
    [Alias("CountDetections")] Task<IReadOnlyList<DetectionCount>> CountDetectionsAsync(CountQuery query);

    /// <summary>Tracks, newest first, a page at a time.</summary>
    /// <exception cref="ArgumentException">The query asks for what cannot be answered; the message says why.</exception>
    [Alias("QueryTracks")] Task<TrackPage> QueryTracksAsync(TrackQuery query);

    /// <summary>Scene events, newest first, a page at a time.</summary>
    /// <exception cref="ArgumentException">The query asks for what cannot be answered; the message says why.</exception>
    [Alias("QueryEvents")] Task<SceneEventPage> QueryEventsAsync(SceneEventQuery query);

    /// <summary>A piece of evidence; null where there is none of that name.</summary>
    /// <param name="sha256">Its name: the SHA-256 of its bytes in hexadecimal, lower case.</param>
    [Alias("GetEvidence")] Task<EvidencePiece?> GetEvidenceAsync(string sha256);

    /// <summary>Events of the streams that no table took, newest first, at most 100.</summary>
    [Alias("ListDeadLetters")] Task<IReadOnlyList<DeadLetterSummary>> ListDeadLettersAsync();

    /// <summary>What the retention would let go of now; nothing goes.</summary>
    [Alias("PreviewRetention")] Task<IReadOnlyList<ExpiredRowsSummary>> PreviewRetentionAsync();

    /// <summary>Who changed what in a range of time, newest first.</summary>
    /// <param name="from">First time, in microseconds since 1970-01-01 UTC.</param>
    /// <param name="to">Time to stop before.</param>
    /// <param name="limit">Most changes, 1 to 1,000.</param>
    [Alias("ListChanges")] Task<IReadOnlyList<ChangeSummary>> ListChangesAsync(long from, long to, int limit);

    /// <summary>Gaps that were noticed in a range of time, newest first.</summary>
    /// <param name="from">First time, in microseconds since 1970-01-01 UTC.</param>
    /// <param name="to">Time to stop before.</param>
    /// <param name="limit">Most gaps, 1 to 1,000.</param>
    [Alias("ListGaps")] Task<IReadOnlyList<GapSummary>> ListGapsAsync(long from, long to, int limit);
}

/// <summary>Somebody changed something.</summary>
/// <param name="At">When.</param>
/// <param name="Who">The user, where the site has a sign-in, else the address; null where it was the site itself.</param>
/// <param name="What">What was done, such as <c>put</c> or <c>remove</c>.</param>
/// <param name="Item">To what, such as <c>camera/street</c>.</param>
/// <param name="Detail">What was set; its beginning, without passwords.</param>
[GenerateSerializer, Immutable, Alias("weir.ChangeSummary")]
public sealed record ChangeSummary(
    [property: Id(0)] DateTimeOffset At, [property: Id(1)] string? Who, [property: Id(2)] string What, [property: Id(3)] string Item,
    [property: Id(4)] string? Detail);

/// <summary>A range that was lost or dropped.</summary>
/// <param name="Source">What has the gap, such as <c>camera/street</c>.</param>
/// <param name="From">The first time that is missing; null where it is not known by time.</param>
/// <param name="To">The time at which it goes on.</param>
/// <param name="FromPlace">The first place of a stream that is missing; null where it is not known by place.</param>
/// <param name="ToPlace">The place at which the stream goes on.</param>
/// <param name="Cause">Why, in a word.</param>
/// <param name="Lost">How many frames or events are missing; null where nobody can know.</param>
/// <param name="Detail">Why, in a sentence.</param>
/// <param name="Noticed">When it was noticed.</param>
[GenerateSerializer, Immutable, Alias("weir.GapSummary")]
public sealed record GapSummary(
    [property: Id(0)] string Source, [property: Id(1)] DateTimeOffset? From, [property: Id(2)] DateTimeOffset? To, [property: Id(3)] string? FromPlace,
    [property: Id(4)] string? ToPlace, [property: Id(5)] string Cause, [property: Id(6)] long? Lost, [property: Id(7)] string Detail,
    [property: Id(8)] DateTimeOffset Noticed);

/// <summary>How much of a class was detected in an interval.</summary>
/// <param name="Start">When it begins.</param>
/// <param name="Class">The class.</param>
/// <param name="Detections">How many detections.</param>
/// <param name="MostAtOnce">The most on one frame.</param>
[GenerateSerializer, Immutable, Alias("weir.DetectionCount")]
public sealed record DetectionCount(
    [property: Id(0)] DateTimeOffset Start, [property: Id(1)] string Class,
    [property: Id(2)] long Detections, [property: Id(3)] long MostAtOnce);

/// <summary>Asks for counts.</summary>
[GenerateSerializer, Immutable, Alias("weir.CountQuery")]
public sealed record CountQuery
{
    /// <summary>Only of this camera; null for all.</summary>
    [Id(0)] public string? Camera { get; init; }

    /// <summary>Only this class; null for all.</summary>
    [Id(1)] public string? Class { get; init; }

    /// <summary>A time in the first interval, in microseconds since 1970-01-01 UTC.</summary>
    [Id(2)] public long From { get; init; }

    /// <summary>Time to stop before; at most 10,000 intervals behind <see cref="From"/>.</summary>
    [Id(3)] public long To { get; init; }

    /// <summary>How long an interval is: whole minutes.</summary>
    [Id(4)] public TimeSpan Interval { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>A piece of evidence.</summary>
/// <param name="MediaType">What it is, such as <c>image/jpeg</c>.</param>
/// <param name="Content">Its bytes.</param>
[GenerateSerializer, Immutable, Alias("weir.EvidencePiece")]
public sealed record EvidencePiece([property: Id(0)] string MediaType, [property: Id(1)] byte[] Content);

/// <summary>An event of a stream that no table took.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Place">Where in it.</param>
/// <param name="Topic">What it belongs to, such as <c>detections/street</c>.</param>
/// <param name="Fault">Why.</param>
/// <param name="Bytes">How many bytes of it were kept.</param>
/// <param name="Noticed">When it was noticed.</param>
[GenerateSerializer, Immutable, Alias("weir.DeadLetterSummary")]
public sealed record DeadLetterSummary(
    [property: Id(0)] string Stream, [property: Id(1)] string Place, [property: Id(2)] string Topic,
    [property: Id(3)] string Fault, [property: Id(4)] long Bytes, [property: Id(5)] DateTimeOffset Noticed);

/// <summary>How many rows have passed their age.</summary>
/// <param name="Table">The table.</param>
/// <param name="Class">The class; null where the table has none.</param>
/// <param name="Before">The time before which rows go.</param>
/// <param name="Rows">How many.</param>
[GenerateSerializer, Immutable, Alias("weir.ExpiredRowsSummary")]
public sealed record ExpiredRowsSummary(
    [property: Id(0)] string Table, [property: Id(1)] string? Class, [property: Id(2)] DateTimeOffset Before, [property: Id(3)] long Rows);
