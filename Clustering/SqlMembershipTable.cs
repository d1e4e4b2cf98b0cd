using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Weir.Database;

namespace Weir.Clustering;

/// <summary>
/// The membership of a cluster in the tables <c>clusters</c> and <c>cluster_members</c>. Every change raises the
/// version of the cluster in the same transaction, and happens only where the writer knows the newest one; so changes
/// come one after the other, whichever silo makes them.
/// </summary>
internal sealed class SqlMembershipTable(SiteDatabase database, IOptions<ClusterOptions> cluster) : IMembershipTable
{
    // One statement, so that members and version belong together.
    private const string Select =
        """
        SELECT clusters.version AS Version, address AS Address, silo_name AS SiloName, host_name AS HostName,
               role_name AS RoleName, status AS Status, gateway_port AS GatewayPort, suspecters AS Suspecters,
               started AS Started, alive AS Alive, etag AS Etag
        FROM clusters LEFT JOIN cluster_members ON cluster_members.cluster_id = clusters.cluster_id
        WHERE clusters.cluster_id = @clusterId
        """;

    private string ClusterId => cluster.Value.ClusterId;

    /// <inheritdoc/>
    public Task InitializeMembershipTable(bool tryInitTableVersion) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            "INSERT INTO clusters (cluster_id, version) VALUES (@clusterId, 0)"
            + database.Dialect.KeepExisting("cluster_id", "version"), new { clusterId = ClusterId }, transaction));

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntries(string clusterId) => database.WriteAsync(async (connection, transaction) =>
    {
        await connection.ExecuteAsync("DELETE FROM cluster_members WHERE cluster_id = @clusterId", new { clusterId }, transaction);
        return await connection.ExecuteAsync("DELETE FROM clusters WHERE cluster_id = @clusterId", new { clusterId }, transaction);
    });

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            "DELETE FROM cluster_members WHERE cluster_id = @clusterId AND status <> @active AND alive < @before",
            new { clusterId = ClusterId, active = (int)SiloStatus.Active, before = UnixMicroseconds.From(beforeDate) }, transaction));

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadAsync(member => member.Address == key.ToParsableString());

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAll() => ReadAsync(_ => true);

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => ChangeAsync(tableVersion, (connection, transaction) =>
        InsertAsync(connection, transaction, MemberRow.Of(ClusterId, entry)));

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => ChangeAsync(tableVersion, async (connection, transaction) =>
    {
        if (!long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var known)) return false;
        return await connection.ExecuteAsync(
            """
            UPDATE cluster_members
            SET silo_name = @SiloName, host_name = @HostName, role_name = @RoleName, status = @Status,
                gateway_port = @GatewayPort, suspecters = @Suspecters, started = @Started, alive = @Alive, etag = @Next
            WHERE cluster_id = @ClusterId AND address = @Address AND etag = @Etag
            """,
            MemberRow.Of(ClusterId, entry) with { Etag = known, Next = known + 1 }, transaction) == 1;
    });

    /// <inheritdoc/>
    public Task UpdateIAmAlive(MembershipEntry entry) => database.WriteAsync((connection, transaction) =>
        connection.ExecuteAsync(
            "UPDATE cluster_members SET alive = @Alive WHERE cluster_id = @ClusterId AND address = @Address",
            MemberRow.Of(ClusterId, entry), transaction));

    private async Task<MembershipTableData> ReadAsync(Func<MemberRow, bool> isAsked)
    {
        var rows = (await database.ReadAsync(connection =>
            connection.QueryAsync<MemberRow>(Select, new { clusterId = ClusterId }))).AsList();
        if (rows.Count == 0)
            throw new InvalidOperationException($"The database knows no cluster '{ClusterId}': its membership was not initialized.");
        // A cluster without silos is one row without an address.
        var members = rows.Where(row => row.Address is not null && isAsked(row))
            .Select(row => Tuple.Create(row.ToEntry(), row.Etag.ToString(CultureInfo.InvariantCulture))).ToList();
        var version = rows[0].Version;
        return new MembershipTableData(members, new TableVersion(version, version.ToString(CultureInfo.InvariantCulture)));
    }

    private async Task<bool> ChangeAsync(TableVersion version, Func<DbConnection, DbTransaction, Task<bool>> change)
    {
        if (!int.TryParse(version.VersionEtag, NumberStyles.None, CultureInfo.InvariantCulture, out var known)) return false;
        try
        {
            return await database.WriteAsync(async (connection, transaction) =>
            {
                var isNewest = await connection.ExecuteAsync(
                    "UPDATE clusters SET version = @next WHERE cluster_id = @clusterId AND version = @known",
                    new { clusterId = ClusterId, known, next = version.Version }, transaction) == 1;
                if (!isNewest) return false;
                // From here on the version must not stay changed where the rest fails.
                return await change(connection, transaction) ? true : throw new RefusedException();
            });
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private async Task<bool> InsertAsync(DbConnection connection, DbTransaction transaction, MemberRow row)
    {
        try
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO cluster_members
                    (cluster_id, address, silo_name, host_name, role_name, status, gateway_port, suspecters, started, alive, etag)
                VALUES (@ClusterId, @Address, @SiloName, @HostName, @RoleName, @Status, @GatewayPort, @Suspecters, @Started, @Alive, 0)
                """,
                row, transaction);
            return true;
        }
        catch (DbException e) when (database.Dialect.IsDuplicateKey(e))
        {
            return false;
        }
    }

    /// <summary>Rolls a transaction back.</summary>
    private sealed class RefusedException : Exception;
}
