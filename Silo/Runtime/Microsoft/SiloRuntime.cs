using System.Net;
using Orleans.Configuration;
using Orleans.Hosting;
using Weir.Clustering;
using Weir.Silo.Start;

namespace Weir.Silo.Runtime;

/// <summary>Puts Orleans into the host: Microsoft's, as a silo of its own or of a cluster, or as a client of a cluster.</summary>
internal static class SiloRuntime
{
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromSeconds(1);

    /// <exception cref="CannotStartException">The settings ask for what cannot be had.</exception>
    public static void Check(SiteSettings settings, IConfiguration configuration) => ClusterChecks.Run(settings, configuration);

    /// <summary>Adds the silo.</summary>
    public static void UseSilo(WebApplicationBuilder builder, SiteSettings settings, Action<ISiloBuilder> parts) => builder.UseOrleans(silo =>
    {
        var cluster = settings.Cluster;
        if (cluster.IsConfigured)
        {
            silo.UseSqlClustering();
            silo.Configure<ClusterOptions>(options => Name(options, cluster));
            // Orleans' own names and defaults: ProbeTimeout, NumMissedProbesLimit and so on.
            silo.Services.Configure<ClusterMembershipOptions>(
                builder.Configuration.GetSection($"{SiteSettings.Section}:Cluster:{nameof(ClusterMembershipOptions)}"));
            silo.ConfigureEndpoints(
                IPAddress.Parse(cluster.AdvertisedAddress),
                cluster.SiloPort ?? ClusterSettings.DefaultSiloPort, cluster.GatewayPort ?? ClusterSettings.DefaultGatewayPort);
        }
        else
        {
            // Nobody else has to find them, and a second site on this machine must not meet them.
            silo.UseLocalhostClustering(cluster.SiloPort ?? Checks.FreePort(), cluster.GatewayPort ?? Checks.FreePort());
        }
        parts(silo);
    });

    /// <summary>Adds a client of a cluster. It waits for a silo for as long as it takes, and finds others when that one goes.</summary>
    public static void UseClient(WebApplicationBuilder builder, SiteSettings settings) => builder.UseOrleansClient(client =>
    {
        client.UseSqlClustering();
        client.Configure<ClusterOptions>(options => Name(options, settings.Cluster));
        client.UseConnectionRetryFilter(async (_, stop) =>
        {
            await Task.Delay(ConnectAgainAfter, stop);
            return true;
        });
    });

    private static void Name(ClusterOptions options, ClusterSettings cluster)
    {
        options.ClusterId = cluster.ClusterId!;
        options.ServiceId = cluster.ServiceId;
    }
}
