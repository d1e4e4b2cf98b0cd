using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Results;
using Weir.Grains.Interfaces.Sites;
using Weir.Silo.Live;
using Weir.Web.Live;

namespace Weir.Silo.Api;

/// <summary>Cameras over HTTP: what is set, how they do, their pictures and detections.</summary>
internal static class CameraEndpoints
{
    public static void MapCameras(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/cameras").WithTags("Cameras");

        group.MapGet("/", async (IGrainFactory grains) =>
                TypedResults.Ok((await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).GetOverviewAsync()).Cameras))
            .WithSummary("All cameras and how they do.");

        group.MapGet("/{id}", async (string id, IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<ICameraGrain>(id).GetStatusAsync()))
            .WithSummary("How a camera does.");

        group.MapPut("/{id}", async (string id, CameraSettings settings, IGrainFactory grains, HttpContext context) =>
            {
                await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).PutCameraAsync(id, settings, Visitor.NameOf(context));
                return TypedResults.NoContent();
            })
            .WithSummary("Sets a camera up, or changes it.");

        group.MapDelete("/{id}", async Task<Results<NoContent, NotFound>> (string id, IGrainFactory grains, HttpContext context) =>
                await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).RemoveCameraAsync(id, Visitor.NameOf(context))
                    ? TypedResults.NoContent()
                    : TypedResults.NotFound())
            .WithSummary("Removes a camera.");

        group.MapGet("/{id}/settings", async Task<Results<Ok<CameraSettings>, NotFound>> (string id, IGrainFactory grains) =>
                await grains.GetGrain<ICameraGrain>(id).GetSettingsAsync() is { } settings
                    ? TypedResults.Ok(settings)
                    : TypedResults.NotFound())
            .WithSummary("What is set of a camera. A password in its source is left out.");

        group.MapGet("/{id}/events", async (string id, IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<ICameraGrain>(id).GetSceneEventsAsync()))
            .WithSummary("What has happened in the scene of late, newest first: zones, lines, the camera's view.");

        group.MapPost("/probe", async (SourceQuestion question, IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<ISourceProbeGrain>(ISiteGrain.Key).LookAsync(question.Url, question.Transport)))
            .WithSummary("Looks at a source before it becomes a camera's: codec, size, rate and a picture.");

        group.MapGet("/{id}/snapshot.jpg", (string id, HttpResponse response, IGrainFactory grains) =>
                PictureAsync(id, null, response, grains))
            .WithSummary("The newest picture.");

        group.MapGet("/{id}/frames/{number:long}.jpg", (string id, long number, HttpResponse response, IGrainFactory grains) =>
                PictureAsync(id, number, response, grains))
            .WithSummary("The picture of a frame; the newest few dozen are kept.");

        group.MapGet("/{id}/live.mjpeg", WatchAsync)
            .WithSummary("The pictures as they come, as MJPEG: for an img, a video player, another site.")
            .WithDescription(
                "Does not end by itself. A viewer that is slower than the pictures come is shown the newest each time. "
                + "'maxRate' is the most pictures a second, 0.1 to 60. 503 where there are too many viewers.");

        group.MapGet("/{id}/detections", ReadDetectionsAsync)
            .WithSummary("Detections of a range of time, from the database.")
            .WithDescription(
                "In order of frame time, a page at a time. 'from' is in the range, 'to' is not; each is ISO 8601 or "
                + "microseconds since 1970. Ask with 'after' = the 'next' of the page before until 'next' is null.");
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> PictureAsync(
        string id, long? number, HttpResponse response, IGrainFactory grains)
    {
        if (await grains.GetGrain<ICameraGrain>(id).GetPictureAsync(number) is not { } picture) return TypedResults.NotFound();
        response.Headers.CacheControl = "no-store";
        return TypedResults.File(picture, "image/jpeg");
    }

    private static async Task WatchAsync(
        string id, HttpContext context, IGrainFactory grains, CameraFeeds feeds, IHostApplicationLifetime lifetime, double? maxRate = null)
    {
        if (maxRate is not (null or >= 0.1 and <= 60)) throw new ArgumentException($"maxRate must be between 0.1 and 60, but is {maxRate}.");
        // Whether there is such a camera shows before anything has been sent.
        await grains.GetGrain<ICameraGrain>(id).GetStatusAsync();
        using var viewer = feeds.Join(id);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await MjpegStream.WriteAsync(context, viewer.Feed, maxRate, ending.Token);
    }

    private static async Task<Ok<DetectionsAnswer>> ReadDetectionsAsync(
        string id, IGrainFactory grains,
        TimeParameter? from = null, TimeParameter? to = null, string? @class = null, int limit = 1_000, string? after = null) =>
        TypedResults.Ok(await ResultEndpoints.DetectionsAsync(grains, new DetectionQuery
        {
            Camera = id, From = from?.Microseconds ?? 0, To = to?.Microseconds ?? long.MaxValue, Class = @class, Limit = limit, After = after,
        }));

    /// <summary>Asks about a source.</summary>
    internal sealed record SourceQuestion(string Url, VideoTransport Transport = VideoTransport.Tcp);
}
