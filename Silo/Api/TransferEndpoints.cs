using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Interfaces.Transfers;

namespace Weir.Silo.Api;

/// <summary>Searches, files that have come over MQTT, and replays, over HTTP.</summary>
internal static class TransferEndpoints
{
    public static void MapTransfers(this IEndpointRouteBuilder api)
    {
        api.MapSearches();
        api.MapFiles();
        api.MapRecord();
        api.MapReplays();
    }

    private static void MapSearches(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/searches").WithTags("Transfers");

        group.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok(await Transfers(grains).ListSearchesAsync()))
            .WithSummary("The searches that run, and the newest of those that have ended.");

        group.MapPost("/{exchange}", async (string exchange, HttpRequest request, IGrainFactory grains, CancellationToken cancellationToken) =>
            {
                using var body = new StreamReader(request.Body, Encoding.UTF8);
                return TypedResults.Ok(await Transfers(grains).StartSearchAsync(exchange, await body.ReadToEndAsync(cancellationToken)));
            })
            .WithSummary("Starts a search, as a message on $weir/search/EXCHANGE would; the body is the same JSON.");

        group.MapDelete("/{id}", async Task<Results<NoContent, NotFound>> (string id, IGrainFactory grains) =>
                await Transfers(grains).CancelSearchAsync(id) ? TypedResults.NoContent() : TypedResults.NotFound())
            .WithSummary("Ends a search.");
    }

    private static void MapFiles(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/files").WithTags("Transfers");

        group.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok(await Transfers(grains).ListFilesAsync()))
            .WithSummary("Files that have come over MQTT, or are coming.");

        group.MapGet("/{client}/{id}", async (string client, string id, HttpRequest request, HttpResponse response, IGrainFactory grains, CancellationToken cancellationToken) =>
            {
                (client, id) = (RawPath.FromEnd(request, 1), RawPath.FromEnd(request, 0));
                await foreach (var piece in Transfers(grains).ReadFileAsync(client, id, cancellationToken))
                {
                    if (!response.HasStarted)
                    {
                        response.ContentType = "application/octet-stream";
                        response.Headers.XContentTypeOptions = "nosniff";
                        response.Headers.ContentDisposition = "attachment";
                    }
                    await response.Body.WriteAsync(piece, cancellationToken);
                }
            })
            .WithSummary("A file that has come.");

        group.MapDelete("/{client}/{id}", async Task<Results<NoContent, NotFound>> (string client, string id, HttpRequest request, IGrainFactory grains) =>
                await Transfers(grains).DeleteFileAsync(RawPath.FromEnd(request, 1), RawPath.FromEnd(request, 0)) ? TypedResults.NoContent() : TypedResults.NotFound())
            .WithSummary("Deletes a file that has come.");
    }

    private static void MapRecord(this IEndpointRouteBuilder api) =>
        api.MapGroup("/transfers").WithTags("Transfers")
            .MapGet("/", async (
                IGrainFactory grains, string? state = null, TimeParameter? from = null, TimeParameter? to = null, int limit = 100, string? after = null) =>
                TypedResults.Ok(await Transfers(grains).QueryRecordAsync(new TransferQuery
                {
                    State = state, From = from?.Microseconds ?? 0, To = to?.Microseconds ?? long.MaxValue, Limit = limit, After = after,
                })))
            .WithSummary("The record of transfers: searches, uploads to a parent, files from clients; newest first.")
            .WithDescription("state is running, done, failed or cancelled. A page at a time: ask with 'after' = the 'next' of the page before until it is null.");

    private static void MapReplays(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/replays").WithTags("Replays");

        group.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok(await Replays(grains).ListAsync()))
            .WithSummary("The replays that run, and the newest of those that have ended.");

        group.MapPost("/{exchange}", async (string exchange, ReplayBody body, IGrainFactory grains) =>
                TypedResults.Ok(await Replays(grains).StartAsync(body.ToRequest(exchange))))
            .WithSummary("Publishes a range of an exchange again, below a prefix, at its own speed or another.");

        group.MapDelete("/{id}", async Task<Results<NoContent, NotFound>> (string id, IGrainFactory grains) =>
                await Replays(grains).CancelAsync(id) ? TypedResults.NoContent() : TypedResults.NotFound())
            .WithSummary("Ends a replay.");
    }

    private static ITransfersGrain Transfers(IGrainFactory grains) => grains.GetGrain<ITransfersGrain>(ISiteGrain.Key);

    private static IReplayGrain Replays(IGrainFactory grains) => grains.GetGrain<IReplayGrain>(ISiteGrain.Key);

    /// <summary>What is to be published again.</summary>
    /// <param name="From">Start of the range: ISO 8601 or microseconds since 1970.</param>
    /// <param name="To">End of the range, which is not in it.</param>
    /// <param name="Topic">Only topics that this MQTT topic filter takes.</param>
    /// <param name="Prefix">What stands before the topics.</param>
    /// <param name="Speed">How many times as fast as it was; 0 for as fast as perSecond allows.</param>
    /// <param name="PerSecond">Most messages a second.</param>
    internal sealed record ReplayBody(
        string? From = null, string? To = null, string? Topic = null, string Prefix = "replay", double Speed = 1, int PerSecond = 10_000)
    {
        public ReplayRequest ToRequest(string exchange) => new()
        {
            Exchange = exchange,
            Range = new MessageQuery { From = ApiTime.Micros(From, "from") ?? 0, To = ApiTime.Micros(To, "to") ?? long.MaxValue, Topic = Topic },
            Prefix = Prefix,
            Speed = Speed == 0 ? null : Speed,
            PerSecond = PerSecond,
        };
    }
}
