using Orleans.Hosting;
using Weir.Silo.Start;

namespace Weir.Silo.Runtime;

/// <summary>Puts Orleans into the host: the embedded one, which is a single silo.</summary>
internal static class SiloRuntime
{
    /// <exception cref="CannotStartException">The settings ask for what this runtime cannot do.</exception>
    public static void Check(SiteSettings settings, IConfiguration configuration)
    {
        if (!settings.Cluster.IsConfigured && settings.Role != SiteRole.Dashboard) return;
        throw new CannotStartException(
            "The configuration asks for a cluster, but this Weir was built with the embedded Orleans, which is one silo: "
            + "build it with -p:OrleansRuntime=Microsoft, or take Weir:Cluster and the role dashboard out of the configuration.");
    }

    /// <summary>Adds the silo.</summary>
    public static void UseSilo(WebApplicationBuilder builder, SiteSettings settings, Action<ISiloBuilder> parts) =>
        builder.UseOrleans(silo => parts(silo.UseLocalhostClustering()));

    /// <summary>Would add a client of a cluster.</summary>
    public static void UseClient(WebApplicationBuilder builder, SiteSettings settings) =>
        throw new NotSupportedException("The embedded Orleans has no cluster to be a client of; the check before says so.");
}
