using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Recordings;

namespace Weir.Silo.Api;

/// <summary>Recordings over HTTP: what is set, how they do, replay as HLS, clips, windows, retention.</summary>
internal static class RecordingEndpoints
{
    private const string PlaylistType = "application/vnd.apple.mpegurl";
    private const string VideoType = "video/mp4";

    public static void MapRecordings(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/cameras/{id}/recordings").WithTags("Recordings");

        group.MapGet("/", async (string id, IGrainFactory grains) => TypedResults.Ok(await Of(grains, id).GetStatusAsync()))
            .WithSummary("How the recording of a camera does.");

        group.MapGet("/settings", async Task<Results<Ok<RecordingSettings>, NotFound>> (string id, IGrainFactory grains) =>
                await Of(grains, id).GetSettingsAsync() is { } settings
                    ? TypedResults.Ok(settings)
                    : TypedResults.NotFound())
            .WithSummary("What is set of a camera's recording. A password in its URL is left out.");

        group.MapPut("/settings", async (string id, RecordingSettings settings, IGrainFactory grains) =>
            {
                await Of(grains, id).ApplyAsync(settings);
                return TypedResults.NoContent();
            })
            .WithSummary("Sets when a camera's video is kept, and how long.");

        group.MapDelete("/", async (string id, IGrainFactory grains) =>
            {
                await Of(grains, id).DeleteAllAsync();
                return TypedResults.NoContent();
            })
            .WithSummary("Removes all that was recorded of a camera, windows apart.");

        group.MapGet("/timeline", async (string id, TimeParameter from, TimeParameter to, IGrainFactory grains) =>
                TypedResults.Ok(await Of(grains, id).GetTimelineAsync(from.Microseconds, to.Microseconds)))
            .WithSummary("Where there is video, motion, detections and gaps. Times are microseconds since 1970.");

        group.MapGet("/retention", async (string id, IGrainFactory grains) => TypedResults.Ok(await Of(grains, id).PreviewRetentionAsync(null)))
            .WithSummary("What retention is about to let go. Nothing is changed.");

        group.MapPost("/retention/preview", async (string id, RecordingSettings settings, IGrainFactory grains) =>
                TypedResults.Ok(await Of(grains, id).PreviewRetentionAsync(settings)))
            .WithSummary("What retention would let go with other settings. Nothing is changed.");

        group.MapPost("/retention/apply", async (string id, IGrainFactory grains) =>
            {
                await Of(grains, id).TrimAsync();
                return TypedResults.NoContent();
            })
            .WithSummary("Lets go now what retention says; the site does so every minute.");

        MapReplay(group, null);
        MapWindows(group);
    }

    private static void MapWindows(RouteGroupBuilder group)
    {
        group.MapGet("/windows", async (string id, IGrainFactory grains) => TypedResults.Ok(await Of(grains, id).ListWindowsAsync()))
            .WithSummary("Ranges that are kept whatever retention lets go.");

        group.MapPost("/windows", async (string id, NewWindow window, IGrainFactory grains) =>
                TypedResults.Ok(await Of(grains, id).KeepWindowAsync(new WindowRequest
                {
                    From = Micros(window.From), To = Micros(window.To), Note = window.Note,
                    ReleaseWhenFetched = window.ReleaseWhenFetched, KeepFor = window.KeepFor ?? TimeSpan.FromDays(30),
                })))
            .WithSummary("Keeps a range of time, which may end in the future.");

        group.MapDelete("/windows/{window}", async Task<Results<NoContent, NotFound>> (string id, string window, IGrainFactory grains) =>
                await Of(grains, id).ReleaseWindowAsync(window) ? TypedResults.NoContent() : TypedResults.NotFound())
            .WithSummary("Lets a window go.");

        MapReplay(group.MapGroup("/windows/{window}"), "window");
    }

    /// <summary>What can be done with the recordings of a camera, and in the same way with those of a window.</summary>
    private static void MapReplay(RouteGroupBuilder group, string? window)
    {
        group.MapGet("/playlist.m3u8", async (string id, TimeParameter from, TimeParameter to, HttpContext context, IGrainFactory grains) =>
            {
                context.Response.Headers.CacheControl = "no-store";
                return TypedResults.Text(await Of(grains, id).GetPlaylistAsync(from.Microseconds, to.Microseconds, Window(context, window)), PlaylistType);
            })
            .WithSummary("A playlist of HTTP Live Streaming for a range of time, at most a day.");

        group.MapGet("/init.mp4", async (string id, string at, HttpContext context, IGrainFactory grains) =>
                Video(context, await Of(grains, id).ReadInitAsync(at, Window(context, window))))
            .WithSummary("What a player needs before a segment; a playlist names it.");

        group.MapGet("/segment.m4s", async (string id, string at, int count, HttpContext context, IGrainFactory grains) =>
                Video(context, await Of(grains, id).ReadFragmentsAsync(at, count, Window(context, window))))
            .WithSummary("A segment of video; a playlist names it.");

        group.MapGet("/export", (string id, TimeParameter from, TimeParameter to, HttpContext context, IGrainFactory grains) =>
                ExportAsync(id, from, to, Window(context, window), context, grains))
            .WithSummary("A clip as MP4. It begins with the keyframe before 'from'; what is missing is left out.");
    }

    private static async Task ExportAsync(
        string id, TimeParameter from, TimeParameter to, string? window, HttpContext context, IGrainFactory grains)
    {
        var recording = Of(grains, id);
        var clip = new RecordingClip(from.Microseconds, to.Microseconds, window, null);
        // What is wrong with the request comes with the first part, before anything has been sent.
        var part = await recording.ReadClipAsync(clip);
        var name = FormattableString.Invariant($"{id}-{ApiTime.Of(from.Microseconds):yyyyMMdd-HHmmss}.mp4");
        context.Response.ContentType = VideoType;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        context.Response.Headers.CacheControl = "no-store";
        while (true)
        {
            await context.Response.Body.WriteAsync(part.Bytes, context.RequestAborted);
            if (part.Place is null) break;
            part = await recording.ReadClipAsync(clip with { Place = part.Place });
        }
        if (window is not null) await recording.WindowFetchedAsync(window);
    }

    // A position is used once, so that what lies there never changes.
    private static Results<FileContentHttpResult, NotFound> Video(HttpContext context, byte[]? bytes)
    {
        if (bytes is null) return TypedResults.NotFound();
        context.Response.Headers.CacheControl = "private, max-age=3600, immutable";
        return TypedResults.File(bytes, VideoType);
    }

    private static string? Window(HttpContext context, string? parameter) =>
        parameter is null ? null : context.GetRouteValue(parameter)?.ToString();

    private static IRecordingGrain Of(IGrainFactory grains, string id) => grains.GetGrain<IRecordingGrain>(id);

    private static long Micros(DateTimeOffset moment) => (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A range of time that is to be kept.</summary>
    /// <param name="From">Where it begins.</param>
    /// <param name="To">Where it ends; may lie in the future.</param>
    /// <param name="Note">What it is about.</param>
    /// <param name="ReleaseWhenFetched">Whether it goes as soon as it was exported whole.</param>
    /// <param name="KeepFor">How long it is kept otherwise; 30 days where nothing is said.</param>
    internal sealed record NewWindow(
        DateTimeOffset From, DateTimeOffset To, string? Note = null, bool ReleaseWhenFetched = false, TimeSpan? KeepFor = null);
}
