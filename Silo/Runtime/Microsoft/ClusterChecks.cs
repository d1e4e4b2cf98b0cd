using System.Net;
using Weir.Silo.Start;

namespace Weir.Silo.Runtime;

/// <summary>What must hold before a process can be part of a cluster, told in words a person can act on.</summary>
internal static class ClusterChecks
{
    private const string Section = SiteSettings.Section;

    /// <exception cref="CannotStartException">The settings do not make a cluster.</exception>
    public static void Run(SiteSettings settings, IConfiguration configuration)
    {
        var cluster = settings.Cluster;
        if (settings.Role == SiteRole.Dashboard && !cluster.IsConfigured)
            throw new CannotStartException($"The role dashboard shows a cluster, so {Section}:Cluster:ClusterId must name one.");
        if (!cluster.IsConfigured) return;
        if (configuration[$"{Section}:Database:ConnectionString"] is not { Length: > 0 })
        {
            throw new CannotStartException(
                $"The silos of a cluster find each other in a database, so {Section}:Database:ConnectionString must name one "
                + "(MatrixOne, MariaDB or MySQL).");
        }
        if (settings.Role == SiteRole.Dashboard) return;
        if (settings.ArchiveFolder is null)
            throw new CannotStartException($"The silos of a cluster share their archive, so {Section}:ArchiveFolder must name a folder that all of them see.");
        if (!IPAddress.TryParse(cluster.AdvertisedAddress, out var address))
            throw new CannotStartException($"{Section}:Cluster:AdvertisedAddress must be an IP address, but is '{cluster.AdvertisedAddress}'.");
        Checks.PortIsFree(cluster.SiloPort ?? ClusterSettings.DefaultSiloPort, "the other silos", $"{Section}:Cluster:SiloPort", address);
        Checks.PortIsFree(cluster.GatewayPort ?? ClusterSettings.DefaultGatewayPort, "clients of the cluster", $"{Section}:Cluster:GatewayPort", address);
    }
}
