using Microsoft.AspNetCore.Http.HttpResults;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Sites;
using Weir.Web.Live;

namespace Weir.Silo.Api;

/// <summary>Exchanges over HTTP: what is set, how they do, and the messages they keep.</summary>
internal static class ExchangeEndpoints
{
    public static void MapExchanges(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/exchanges").WithTags("Exchanges");

        group.MapGet("/", async (IGrainFactory grains) =>
                TypedResults.Ok((await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).GetOverviewAsync()).Exchanges))
            .WithSummary("All exchanges and how they do.");

        group.MapGet("/{name}", async (string name, IGrainFactory grains) =>
                TypedResults.Ok(await grains.GetGrain<IExchangeGrain>(name).GetStatusAsync()))
            .WithSummary("How an exchange does.");

        group.MapPut("/{name}", async (string name, ExchangeSettings settings, IGrainFactory grains, HttpContext context) =>
            {
                await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).PutExchangeAsync(name, settings, Visitor.NameOf(context));
                return TypedResults.NoContent();
            })
            .WithSummary("Sets an exchange up, or changes it.");

        group.MapGet("/{name}/settings", async Task<Results<Ok<ExchangeSettings>, NotFound>> (string name, IGrainFactory grains) =>
                await grains.GetGrain<IExchangeGrain>(name).GetSettingsAsync() is { } settings
                    ? TypedResults.Ok(settings)
                    : TypedResults.NotFound())
            .WithSummary("What is set of an exchange.");

        group.MapPost("/{name}/retention/preview", async (string name, IGrainFactory grains, ExchangeSettings? settings = null) =>
                TypedResults.Ok(ToPreview(await grains.GetGrain<IExchangeGrain>(name).PreviewRetentionAsync(settings))))
            .WithSummary("Which Parquet files retention would let go of just now: by the settings in the body, or by those in force. Nothing goes.");

        group.MapGet("/{name}/gaps", async (string name, IGrainFactory grains) =>
                TypedResults.Ok((await grains.GetGrain<IExchangeGrain>(name).GetGapsAsync()).Select(GapAnswer.Of)))
            .WithSummary("Everything that is known to be missing, oldest first, with its cause.");

        group.MapDelete("/{name}", async Task<Results<NoContent, NotFound>> (string name, IGrainFactory grains, HttpContext context) =>
                await grains.GetGrain<ISiteGrain>(ISiteGrain.Key).RemoveExchangeAsync(name, Visitor.NameOf(context))
                    ? TypedResults.NoContent()
                    : TypedResults.NotFound())
            .WithSummary("Removes an exchange. Its files stay.");

        group.MapPost("/{name}/flush", async (string name, IGrainFactory grains, CancellationToken cancellationToken) =>
            {
                await grains.GetGrain<IExchangeGrain>(name).FlushAsync(cancellationToken);
                return TypedResults.NoContent();
            })
            .WithSummary("Writes what has no Parquet file yet to one.");

        group.MapMessages();
        group.MapHistory();
    }

    private static PreviewAnswer ToPreview(RetentionPreview preview) => new(
        [.. preview.Files.Select(file => new RetiringAnswer(file.Name, ApiTime.Of(file.From), ApiTime.Of(file.To), file.Messages, file.Bytes, file.Why))],
        preview.KeptFiles, preview.KeptMessages, preview.KeptBytes);

    /// <summary>What retention would do.</summary>
    internal sealed record PreviewAnswer(IReadOnlyList<RetiringAnswer> Files, int KeptFiles, long KeptMessages, long KeptBytes);

    /// <summary>A file that would go, and why.</summary>
    internal sealed record RetiringAnswer(string Name, DateTimeOffset From, DateTimeOffset To, long Messages, long Bytes, string Why);
}
