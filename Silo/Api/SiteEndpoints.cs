using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Models;
using Weir.Grains.Interfaces.Sites;
using Weir.Web.Live;

namespace Weir.Silo.Api;

/// <summary>The site over HTTP: at a glance, its topics, its alarms, what lies beneath.</summary>
internal static class SiteEndpoints
{
    public static void MapSite(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("").WithTags("Site");

        group.MapGet("/site", async (IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).GetOverviewAsync()))
            .WithSummary("The site at a glance.");

        group.MapGet("/system", async (IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).GetSystemAsync()))
            .WithSummary("Silo, grains and streams.");

        group.MapGet("/models", async (IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<IModelsGrain>(ISiteGrain.Key).ListAsync()))
            .WithSummary("The models that cameras can use, and those in use.");

        group.MapGet("/topics", async (IGrainFactory grains, long since = 0, int limit = 1_000) =>
                TypedResults.Ok(await grains.GetGrain<IBrokerGrain>(ISiteGrain.Key).GetTopicsAsync(since, limit)))
            .WithSummary("Topics that have carried a message since a version of this answer.");

        group.MapGet("/alarms", async (IGrainFactory grains, TimeParameter? since = null) =>
                TypedResults.Ok(await grains.GetGrain<IAlarmLogGrain>(ISiteGrain.Key).ListAsync(
                    since is { } from ? ApiTime.Of(from.Microseconds) : DateTimeOffset.UtcNow - TimeSpan.FromHours(1))))
            .WithSummary("Alarms raised since a time (the last hour where none is given) or not cleared yet.");

        group.MapGet("/alarms/{id}/history", async (string id, IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<IAlarmLogGrain>(ISiteGrain.Key).GetHistoryAsync(id)))
            .WithSummary("What an alarm has gone through, oldest first.");

        group.MapGet("/alarms/{id}/evidence", async (string id, IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<IAlarmLogGrain>(ISiteGrain.Key).GetEvidenceAsync(id)))
            .WithSummary("The evidence of an alarm: names for /api/evidence.");

        group.MapPost("/alarms/{id}/acknowledge", async Task<Results<NoContent, NotFound>> (
                string id, IGrainFactory grains, HttpContext context, string? note = null) =>
                await grains.GetGrain<IAlarmLogGrain>(ISiteGrain.Key).AcknowledgeAsync(id, Visitor.NameOf(context), note)
                    ? TypedResults.NoContent()
                    : TypedResults.NotFound())
            .WithSummary("Says that a person has seen an alarm; the record has who, and a note where one is given.");
    }
}
