using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Weir.Clustering;
using Weir.Database;

namespace Weir.Cluster.Tests.Membership;

/// <summary>What Orleans asks of <see cref="IMembershipTable"/>, on a real MariaDB.</summary>
public sealed class SqlMembershipTableTests(DatabaseServer server) : IAsyncLifetime
{
    private static readonly DateTime Noon = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly string connectionString = server.CreateDatabase();
    private readonly List<SiteDatabase> opened = [];
    private SqlMembershipTable table = null!;

    public async ValueTask InitializeAsync()
    {
        table = Open("here");
        await table.InitializeMembershipTable(true);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var database in opened) database.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_new_cluster_has_no_silo_however_many_begin_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Open("here").InitializeMembershipTable(true))));

        var all = await table.ReadAll();

        Assert.Empty(all.Members);
        Assert.Equal(0, all.Version.Version);
    }

    [Fact]
    public async Task A_silo_comes_back_as_it_was_put_in()
    {
        var entry = Entry(1);
        entry.AddSuspector(Address(2), Noon.AddSeconds(5));
        entry.AddSuspector(Address(3), Noon.AddSeconds(6));

        Assert.True(await table.InsertRow(entry, (await table.ReadAll()).Version.Next()));

        var read = Assert.Single((await table.ReadAll()).Members).Item1;
        Assert.Equal(entry.ToFullString(), read.ToFullString());
        Assert.Equal(DateTimeKind.Utc, read.IAmAliveTime.Kind);
        Assert.Equal(1, (await table.ReadAll()).Version.Version);
        Assert.Single((await table.ReadRow(Address(1))).Members);
        var none = await table.ReadRow(Address(9));
        Assert.Empty(none.Members);
        Assert.Equal(1, none.Version.Version);
    }

    [Fact]
    public async Task A_silo_that_is_there_is_not_put_in_again_and_the_version_stays()
    {
        Assert.True(await table.InsertRow(Entry(1), (await table.ReadAll()).Version.Next()));

        Assert.False(await table.InsertRow(Entry(1), (await table.ReadAll()).Version.Next()));

        Assert.Equal(1, (await table.ReadAll()).Version.Version);
    }

    [Fact]
    public async Task Who_knows_an_old_version_changes_nothing()
    {
        var old = (await table.ReadAll()).Version.Next();
        Assert.True(await table.InsertRow(Entry(1), old));
        var etag = Assert.Single((await table.ReadAll()).Members).Item2;

        Assert.False(await table.InsertRow(Entry(2), old));
        Assert.False(await table.UpdateRow(Entry(1, SiloStatus.Dead), etag, old));

        Assert.Equal(SiloStatus.Active, Assert.Single((await table.ReadAll()).Members).Item1.Status);
    }

    [Fact]
    public async Task Who_knows_an_old_e_tag_of_a_silo_changes_nothing()
    {
        await table.InsertRow(Entry(1), (await table.ReadAll()).Version.Next());
        var etag = Assert.Single((await table.ReadAll()).Members).Item2;
        Assert.True(await table.UpdateRow(Entry(1, SiloStatus.ShuttingDown), etag, (await table.ReadAll()).Version.Next()));

        Assert.False(await table.UpdateRow(Entry(1, SiloStatus.Dead), etag, (await table.ReadAll()).Version.Next()));
        Assert.False(await table.UpdateRow(Entry(2, SiloStatus.Dead), etag, (await table.ReadAll()).Version.Next()));

        var all = await table.ReadAll();
        Assert.Equal(SiloStatus.ShuttingDown, Assert.Single(all.Members).Item1.Status);
        Assert.Equal(2, all.Version.Version);
    }

    [Fact]
    public async Task Of_many_that_change_the_cluster_at_once_one_wins_each_version()
    {
        var tables = Enumerable.Range(0, 6).Select(_ => Open("here")).ToList();

        for (var round = 0; round < 10; round++)
        {
            var next = (await table.ReadAll()).Version.Next();
            var won = await Task.WhenAll(tables.Select((one, i) => Task.Run(() => one.InsertRow(Entry(100 * round + i + 1), next))));
            Assert.Equal(1, won.Count(isWinner => isWinner));
        }

        var all = await table.ReadAll();
        Assert.Equal((10, 10), (all.Members.Count, all.Version.Version));
    }

    [Fact]
    public async Task A_sign_of_life_changes_neither_version_nor_e_tag()
    {
        await table.InsertRow(Entry(1), (await table.ReadAll()).Version.Next());
        var before = await table.ReadAll();
        var entry = Entry(1);
        entry.IAmAliveTime = Noon.AddMinutes(1);

        await table.UpdateIAmAlive(entry);

        var after = await table.ReadAll();
        Assert.Equal(Noon.AddMinutes(1), Assert.Single(after.Members).Item1.IAmAliveTime);
        Assert.Equal(before.Version, after.Version);
        Assert.Equal(before.Members[0].Item2, after.Members[0].Item2);
    }

    [Fact]
    public async Task Silos_that_are_long_dead_are_cleaned_up_and_no_other()
    {
        foreach (var (port, status) in new[] { (1, SiloStatus.Dead), (2, SiloStatus.Active), (3, SiloStatus.Dead) })
        {
            var entry = Entry(port, status);
            if (port == 3) entry.IAmAliveTime = Noon.AddHours(2);
            await table.InsertRow(entry, (await table.ReadAll()).Version.Next());
        }

        await table.CleanupDefunctSiloEntries(Noon.AddHours(1));

        Assert.Equal([2, 3], (await table.ReadAll()).Members.Select(member => member.Item1.SiloAddress.Endpoint.Port).Order());
    }

    [Fact]
    public async Task Clusters_of_one_database_know_nothing_of_each_other()
    {
        var there = Open("there");
        await there.InitializeMembershipTable(true);
        await table.InsertRow(Entry(1), (await table.ReadAll()).Version.Next());

        Assert.Empty((await there.ReadAll()).Members);

        await there.DeleteMembershipTableEntries("there");
        Assert.Single((await table.ReadAll()).Members);
        await Assert.ThrowsAsync<InvalidOperationException>(() => there.ReadAll());
    }

    [Fact]
    public async Task Clients_find_the_gateways_of_silos_that_are_active()
    {
        foreach (var entry in new[] { Entry(1), Entry(2, SiloStatus.Dead), Entry(3) })
        {
            if (entry.SiloAddress.Endpoint.Port == 3) entry.ProxyPort = 0;
            await table.InsertRow(entry, (await table.ReadAll()).Version.Next());
        }

        var gateways = await new SqlGatewayList(
            NewDatabase(), Options.Create(new ClusterOptions { ClusterId = "here" }), Options.Create(new GatewayOptions())).GetGateways();

        Assert.Equal(30_001, Assert.Single(gateways).Port);
    }

    private SqlMembershipTable Open(string cluster) => new(NewDatabase(), Options.Create(new ClusterOptions { ClusterId = cluster }));

    private SiteDatabase NewDatabase()
    {
        var database = DatabaseServer.Open(connectionString);
        lock (opened) opened.Add(database);
        return database;
    }

    private static SiloAddress Address(int port) => SiloAddress.New(IPAddress.Loopback, port, 7);

    private static MembershipEntry Entry(int port, SiloStatus status = SiloStatus.Active) => new()
    {
        SiloAddress = Address(port), SiloName = $"silo-{port}", HostName = "host", Status = status, ProxyPort = 30_000 + port,
        StartTime = Noon, IAmAliveTime = Noon,
    };
}
