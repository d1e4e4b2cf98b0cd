using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Radzen;
using Weir.Web.Live;

namespace Weir.Web;

/// <summary>Puts the dashboard into a host.</summary>
public static class Dashboard
{
    internal const string ThemeCookie = "weir-theme";

    /// <summary>Adds what the pages need. The host brings the grain factory.</summary>
    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddRadzenComponents();
        services.AddRadzenCookieThemeService(options => options.Name = ThemeCookie);
        services.AddScoped<Visitor>();
        services.AddScoped<SiteFeed>();
        return services;
    }

    /// <summary>Serves the pages, their styles and scripts, and the chart library that lies beside the program.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "lib")),
            RequestPath = "/lib",
        });
        app.Use(RefuseWhileStopping);
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }

    // A page whose circuit a stop has closed calls again at once, and a server waits for each of its connections to end.
    private static Task RefuseWhileStopping(HttpContext context, RequestDelegate next)
    {
        var lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        if (!context.Request.Path.StartsWithSegments("/_blazor") || !lifetime.ApplicationStopping.IsCancellationRequested) return next(context);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
