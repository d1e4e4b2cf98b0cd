using Dapper;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Runtime;
using Weir.Database;

namespace Weir.Clustering;

/// <summary>Where clients find the silos of a cluster: those that are active and let clients in.</summary>
internal sealed class SqlGatewayList(
    SiteDatabase database, IOptions<ClusterOptions> cluster, IOptions<GatewayOptions> gateways) : IGatewayListProvider
{
    /// <inheritdoc/>
    public TimeSpan MaxStaleness => gateways.Value.GatewayListRefreshPeriod;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways()
    {
        var rows = await database.ReadAsync(connection => connection.QueryAsync<MemberRow>(
            "SELECT address AS Address, gateway_port AS GatewayPort FROM cluster_members "
            + "WHERE cluster_id = @clusterId AND status = @active AND gateway_port > 0",
            new { clusterId = cluster.Value.ClusterId, active = (int)SiloStatus.Active }));
        return [.. rows.Select(ToGateway)];
    }

    private static Uri ToGateway(MemberRow row)
    {
        var silo = SiloAddress.FromParsableString(row.Address!);
        return SiloAddress.New(silo.Endpoint.Address, row.GatewayPort, silo.Generation).ToGatewayUri();
    }
}
