using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Interfaces.Users;
using Weir.Web.Live;

namespace Weir.Silo.Api;

/// <summary>The broker's users in the database, over HTTP.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/users").WithTags("Broker");

        group.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok(await Users(grains).ListAsync()))
            .WithSummary("The broker's users that are kept in the database; never a password or the hash of one.");

        group.MapPut("/{name}", async (string name, UserChange change, IGrainFactory grains, HttpContext context) =>
            {
                await Users(grains).PutAsync(name, change, Visitor.NameOf(context));
                return TypedResults.NoContent();
            })
            .WithSummary("Makes a user, or changes one. A user with a new password, or who may not log in any more, is cut off.");

        group.MapDelete("/{name}", async Task<Results<NoContent, NotFound>> (string name, IGrainFactory grains, HttpContext context) =>
                await Users(grains).RemoveAsync(name, Visitor.NameOf(context)) ? TypedResults.NoContent() : TypedResults.NotFound())
            .WithSummary("Removes a user, who is cut off.");
    }

    private static IUsersGrain Users(IGrainFactory grains) => grains.GetGrain<IUsersGrain>(ISiteGrain.Key);
}
