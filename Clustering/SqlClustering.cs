using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Messaging;

namespace Weir.Clustering;

/// <summary>Lets silos and clients find each other through the site's database.</summary>
public static class SqlClustering
{
    /// <summary>Keeps the membership of the silo's cluster in the database that <c>AddSiteDatabase</c> adds.</summary>
    public static ISiloBuilder UseSqlClustering(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<IMembershipTable, SqlMembershipTable>();
        return silo;
    }

    /// <summary>Finds the cluster's silos in the database that <c>AddSiteDatabase</c> adds.</summary>
    public static IClientBuilder UseSqlClustering(this IClientBuilder client)
    {
        client.Services.AddSingleton<IGatewayListProvider, SqlGatewayList>();
        return client;
    }
}
