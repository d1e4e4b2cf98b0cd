using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Diagnostics;

namespace Orleans.Hosting;

/// <summary>Saying what cluster the silo belongs to.</summary>
public static class CoreHostingExtensions
{
    /// <summary>
    /// Traces calls by the sources of <see cref="ActivitySources"/>; the trace of a caller goes on in the grains that it
    /// calls. Costs nothing but two filters while nobody listens.
    /// </summary>
    public static ISiloBuilder AddActivityPropagation(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.ConfigureServices(services => services.TryAddSingleton(DistributedContextPropagator.Current));
        return builder
            .AddOutgoingGrainCallFilter<OutgoingActivityFilter>()
            .AddIncomingGrainCallFilter<IncomingActivityFilter>();
    }

    /// <summary>
    /// Makes the silo a cluster of its own on this machine. That is what the embedded silo is in any case, so only
    /// the names are taken; no port is opened.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="siloPort">Not used.</param>
    /// <param name="gatewayPort">Not used.</param>
    /// <param name="primarySiloEndpoint">Must be null: there is no other silo to join.</param>
    /// <param name="serviceId">The name of the service.</param>
    /// <param name="clusterId">The name of the cluster.</param>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder, int siloPort = 11111, int gatewayPort = 30000,
        IPEndPoint? primarySiloEndpoint = null, string serviceId = "dev", string clusterId = "dev")
    {
        if (primarySiloEndpoint is not null)
        {
            throw new ArgumentException(
                $"UseLocalhostClustering: the embedded silo is a cluster of one and can not join {primarySiloEndpoint}; "
                + "build with OrleansRuntime=Microsoft for several silos", nameof(primarySiloEndpoint));
        }

        return builder.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = serviceId;
            options.ClusterId = clusterId;
        });
    }
}
