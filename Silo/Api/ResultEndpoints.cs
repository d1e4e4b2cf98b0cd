using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Results;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Silo.Api;

/// <summary>Results over HTTP, out of the database: detections, their counts, tracks, scene events, evidence.</summary>
internal static class ResultEndpoints
{
    private const string Paging =
        "A page at a time. 'from' is in the range, 'to' is not; each is ISO 8601 or microseconds since 1970. Ask with 'after' = the "
        + "'next' of the page before until 'next' is null.";

    public static void MapResults(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Results");

        group.MapGet("/detections", async (
                IGrainFactory grains, string? camera = null, string? @class = null, string? zone = null, long? track = null, string? text = null,
                TimeParameter? from = null, TimeParameter? to = null, bool newestFirst = false, int limit = 1_000, string? after = null) =>
                TypedResults.Ok(await DetectionsAsync(grains, new DetectionQuery
                {
                    Camera = camera, Class = @class, Zone = zone, Track = track, Text = text, From = From(from), To = To(to),
                    IsNewestFirst = newestFirst, Limit = limit, After = after,
                })))
            .WithSummary("Detections by camera, class, zone, track and time, or by the words that were read.")
            .WithDescription(Paging);

        group.MapGet("/detections/counts", async (
                IGrainFactory grains, TimeParameter from, TimeParameter to, string? camera = null, string? @class = null, int minutes = 60) =>
                TypedResults.Ok(await Results(grains).CountDetectionsAsync(new CountQuery
                {
                    Camera = camera, Class = @class, From = from.Microseconds, To = to.Microseconds, Interval = TimeSpan.FromMinutes(minutes),
                })))
            .WithSummary("How much was detected, interval by interval and class by class.")
            .WithDescription("An interval has whole minutes and begins at a multiple of it; what is empty is left out.");

        group.MapGet("/tracks", async (
                IGrainFactory grains, string? camera = null, string? @class = null, TimeParameter? from = null, TimeParameter? to = null,
                int limit = 100, string? after = null) =>
                TypedResults.Ok(await Results(grains).QueryTracksAsync(new TrackQuery
                {
                    Camera = camera, Class = @class, From = From(from), To = To(to), Limit = limit, After = after,
                })))
            .WithSummary("Tracks by camera, class and the time at which they began, newest first.")
            .WithDescription(Paging);

        group.MapGet("/events", async (
                IGrainFactory grains, string? camera = null, string? kind = null, string? zone = null, string? text = null,
                TimeParameter? from = null, TimeParameter? to = null, int limit = 100, string? after = null) =>
                TypedResults.Ok(await Results(grains).QueryEventsAsync(new SceneEventQuery
                {
                    Camera = camera, Kind = kind, Zone = zone, Text = text, From = From(from), To = To(to), Limit = limit, After = after,
                })))
            .WithSummary("Scene events by camera, kind, zone and time, or by the words of their message, newest first.")
            .WithDescription(Paging);

        group.MapGet("/evidence/{sha256}", EvidenceAsync).WithSummary("A picture or clip that a track, a scene event or an alarm names.");

        group.MapGet("/dead-letters", async (IGrainFactory grains) => TypedResults.Ok(await Results(grains).ListDeadLettersAsync()))
            .WithSummary("Results that no table took, with the reason, newest first.");

        group.MapGet("/audit", async (IGrainFactory grains, TimeParameter? from = null, TimeParameter? to = null, int limit = 100) =>
                TypedResults.Ok(await Results(grains).ListChangesAsync(From(from), To(to), limit)))
            .WithSummary("Who changed what of cameras, exchanges, rules and users, newest first.");

        group.MapGet("/gaps", async (IGrainFactory grains, TimeParameter? from = null, TimeParameter? to = null, int limit = 100) =>
                TypedResults.Ok(await Results(grains).ListGapsAsync(From(from), To(to), limit)))
            .WithSummary("Ranges of cameras and streams of results that were lost or dropped, by when it was noticed, newest first.");

        group.MapGet("/retention", async (IGrainFactory grains) => TypedResults.Ok(await Results(grains).PreviewRetentionAsync()))
            .WithSummary("What the retention would let go of now. Nothing goes by this.");
    }

    /// <summary>Asks for a page of detections.</summary>
    public static async Task<DetectionsAnswer> DetectionsAsync(IGrainFactory grains, DetectionQuery query)
    {
        var page = await Results(grains).QueryDetectionsAsync(query);
        return new DetectionsAnswer([.. page.Rows.Select(row => new DetectionAnswer(
            row.Camera, ApiTime.Of(row.FrameTime), row.FrameNumber, row.Index, row.Class, row.Score, row.Box, row.Track, row.Zone, row.Text,
            row.Attributes, row.Model, row.ModelVersion))], page.Next);
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> EvidenceAsync(string sha256, HttpResponse response, IGrainFactory grains)
    {
        if (await Results(grains).GetEvidenceAsync(sha256) is not { } piece) return TypedResults.NotFound();
        // The name is that of the bytes: they never change.
        response.Headers.CacheControl = "private, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.File(piece.Content, piece.MediaType);
    }

    private static IResultsGrain Results(IGrainFactory grains) => grains.GetGrain<IResultsGrain>(ISiteGrain.Key);

    private static long From(TimeParameter? from) => from?.Microseconds ?? 0;

    private static long To(TimeParameter? to) => to?.Microseconds ?? long.MaxValue;
}

/// <summary>A page of detections.</summary>
/// <param name="Detections">In order of frame time, or the other way.</param>
/// <param name="Next">What to give as 'after' for the next page; null at the end.</param>
internal sealed record DetectionsAnswer(IReadOnlyList<DetectionAnswer> Detections, string? Next);

/// <summary>A detection; its box in parts of the picture, 0 to 1.</summary>
internal sealed record DetectionAnswer(
    string Camera, DateTimeOffset Time, long FrameNumber, int Index, string Class, float Score, Weir.Grains.Interfaces.Cameras.Box Box, long? Track,
    string? Zone, string? Text, string? Attributes, string Model, string ModelVersion);
