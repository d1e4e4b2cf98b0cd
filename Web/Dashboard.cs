using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
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
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
