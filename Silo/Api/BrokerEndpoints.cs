using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Silo.Api;

/// <summary>The broker's clients over HTTP.</summary>
internal static class BrokerEndpoints
{
    public static void MapBroker(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/broker").WithTags("Broker");

        group.MapGet("/clients", async (IGrainFactory grains, int limit = 1_000) => TypedResults.Ok(await Clients(grains).ListAsync(limit)))
            .WithSummary("The clients that the broker holds a session for, those connected first.");

        group.MapGet("/clients/{clientId}", async (string clientId, IGrainFactory grains) => TypedResults.Ok(await Clients(grains).GetAsync(clientId)))
            .WithSummary("A client with its subscriptions.");

        group.MapDelete("/clients/{clientId}", async (string clientId, IGrainFactory grains, bool session = false) =>
            {
                await Clients(grains).DisconnectAsync(clientId, session);
                return TypedResults.NoContent();
            })
            .WithSummary("Ends a client's connection, and with session=true its session.");

        group.MapGet("/bans", async (IGrainFactory grains) => TypedResults.Ok(await Clients(grains).ListBansAsync()))
            .WithSummary("Who is not let in.");

        group.MapPost("/bans", async (BrokerBan ban, IGrainFactory grains) =>
            {
                await Clients(grains).BanAsync(ban);
                return TypedResults.NoContent();
            })
            .WithSummary("Bans a client identifier, a user or an address, until the broker is started again.");

        group.MapDelete("/bans", async (IGrainFactory grains, string? clientId = null, string? user = null, string? address = null) =>
            {
                await Clients(grains).UnbanAsync(new BrokerBan(clientId, user, address));
                return TypedResults.NoContent();
            })
            .WithSummary("Takes a ban back.");
    }

    private static IBrokerClientsGrain Clients(IGrainFactory grains) => grains.GetGrain<IBrokerClientsGrain>(ISiteGrain.Key);
}
