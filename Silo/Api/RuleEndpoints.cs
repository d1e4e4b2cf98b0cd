using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Rules;
using Weir.Grains.Interfaces.Sites;
using Weir.Web.Live;

namespace Weir.Silo.Api;

/// <summary>Rules over HTTP.</summary>
internal static class RuleEndpoints
{
    public static void MapRules(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/rules").WithTags("Alarms");

        group.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok((await Rules(grains).ListAsync()).Rules))
            .WithSummary("The rules: conditions over detections and topics that raise alarms.");

        group.MapPut("/{id}", async (string id, RuleSettings settings, IGrainFactory grains, HttpContext context) =>
            {
                await Rules(grains).PutAsync(id, settings, Visitor.NameOf(context));
                return TypedResults.NoContent();
            })
            .WithSummary("Sets a rule up, or changes it; what it has raised so far is cleared.");

        group.MapDelete("/{id}", async Task<Results<NoContent, NotFound>> (string id, IGrainFactory grains, HttpContext context) =>
                await Rules(grains).RemoveAsync(id, Visitor.NameOf(context)) ? TypedResults.NoContent() : TypedResults.NotFound())
            .WithSummary("Removes a rule; what it has raised is cleared.");
    }

    private static IRulesGrain Rules(IGrainFactory grains) => grains.GetGrain<IRulesGrain>(ISiteGrain.Key);
}
