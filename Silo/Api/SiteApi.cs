using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Orleans.Runtime;
using Weir.Silo.Live;

namespace Weir.Silo.Api;

/// <summary>Puts the HTTP API into the host: endpoints below <c>/api</c>, problems as sentences, OpenAPI.</summary>
internal static class SiteApi
{
    public static IServiceCollection AddSiteApi(this IServiceCollection services)
    {
        services.AddOpenApi();
        services.AddHealthChecks();
        services.AddProblemDetails();
        services.AddExceptionHandler<Problems>();
        services.AddOptions<LiveViewOptions>().BindConfiguration(LiveViewOptions.Section)
            .Validate(options => options.IsInRange, $"{LiveViewOptions.Section}: MaxViewers and MaxViewersOfCamera must be between 1 and 10,000.")
            .ValidateOnStart();
        services.AddSingleton<CameraFeeds>();
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));
        return services;
    }

    public static void MapSiteApi(this WebApplication app)
    {
        app.MapOpenApi();
        app.MapHealthChecks("/healthz");
        var api = app.MapGroup("/api").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        api.MapSite();
        api.MapBroker();
        api.MapCameras();
        api.MapRecordings();
        api.MapExchanges();
        api.MapTransfers();
        api.MapResults();
        api.MapRules();
        api.MapUsers();
    }

    /// <summary>What a grain refuses becomes a problem with its sentence; what goes wrong beneath becomes a plain 500.</summary>
    private sealed class Problems(IProblemDetailsService problems) : IExceptionHandler
    {
        public ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
        {
            int? status = exception switch
            {
                BadHttpRequestException bad => bad.StatusCode,
                ArgumentException => StatusCodes.Status400BadRequest,
                KeyNotFoundException => StatusCodes.Status404NotFound,
                TimeoutException => StatusCodes.Status504GatewayTimeout,
                // The silo that had the grain has gone a moment ago; the next call finds it on another.
                OrleansMessageRejectionException => StatusCodes.Status503ServiceUnavailable,
                _ => null,
            };
            if (status is not { } code) return ValueTask.FromResult(false);
            context.Response.StatusCode = code;
            return problems.TryWriteAsync(new ProblemDetailsContext
            {
                HttpContext = context,
                ProblemDetails = new ProblemDetails { Status = code, Detail = exception.Message },
            });
        }
    }
}
