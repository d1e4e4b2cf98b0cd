using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Weir.Clustering;
using Weir.Database;
using Weir.EndToEnd.Tests;
using Weir.Pravega.Tests;

namespace Weir.Cluster.Tests;

/// <summary>The tests of one cluster; one after the other, since some kill a silo of it.</summary>
[CollectionDefinition(nameof(OneCluster))]
public sealed class OneCluster : ICollectionFixture<ClusterSite>;

/// <summary>
/// A site of two silos that start at once, with a dashboard as a client: three processes, a MariaDB and a Pravega. The
/// test's own process is a client of the cluster, too.
/// </summary>
public sealed class ClusterSite(DatabaseServer server) : IAsyncLifetime
{
    private const string ClusterId = "test";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-cluster-");
    private readonly string connectionString = server.CreateDatabase();
    private PravegaServer? pravega;
    private IHost? client;
    private int configurations;

    internal Silo First { get; private set; } = null!;

    internal Silo Second { get; private set; } = null!;

    internal SiteProcess Dashboard { get; private set; } = null!;

    internal string Controller => pravega!.Controller;

    internal IGrainFactory Grains => client!.Services.GetRequiredService<IClusterClient>();

    internal IManagementGrain Management => Grains.GetGrain<IManagementGrain>(0);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(PravegaServer.Missing is not null, PravegaServer.Missing ?? "");
        pravega = await PravegaServer.StartAsync();
        var silos = await Task.WhenAll(StartSiloAsync(), StartSiloAsync());
        (First, Second) = (silos[0], silos[1]);
        Dashboard = await SiteProcess.StartAsync(null, "--config", Configure("Dashboard", 0, 0), "--no-demo");
        client = await ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
        {
            await client.StopAsync();
            client.Dispose();
        }
        if (Dashboard is not null) await Dashboard.DisposeAsync();
        if (First is not null) await First.Process.DisposeAsync();
        if (Second is not null) await Second.Process.DisposeAsync();
        if (pravega is not null) await pravega.DisposeAsync();
        folder.Delete(recursive: true);
    }

    /// <summary>The silo that a grain lives on, and the other.</summary>
    internal async Task<(Silo Here, Silo Other)> FindAsync(IAddressable grain)
    {
        var address = await Management.GetActivationAddress(grain);
        Assert.NotNull(address);
        return address.Endpoint.Port == First.SiloPort ? (First, Second) : (Second, First);
    }

    /// <summary>Starts a silo anew that was killed, and waits until the cluster has it.</summary>
    internal async Task StartAgainAsync(Silo silo)
    {
        await silo.Process.StartAgainAsync();
        await Eventually.TrueAsync(
            async () => (await Management.GetHosts(onlyActive: true)).Count == 2, TimeSpan.FromSeconds(60),
            () => $"The cluster does not have both silos.\n{silo.Process.Output}");
    }

    /// <summary>Asks the HTTP API of a process, and again where the silo that has the answer went a moment ago (503, 504).</summary>
    internal async Task<JsonElement> AskAsync(SiteProcess asked, string path)
    {
        var answer = default(JsonElement);
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await asked.Http.GetAsync(path);
                if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) return false;
                answer = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
                return true;
            },
            TimeSpan.FromSeconds(90), () => $"{path} is not answered.\n{Output}");
        return answer;
    }

    internal string Output => $"== first\n{First.Process.Output}\n== second\n{Second.Process.Output}\n== dashboard\n{Dashboard.Output}";

    private async Task<Silo> StartSiloAsync()
    {
        var (siloPort, gatewayPort) = (FreePort.Next(), FreePort.Next());
        return new Silo(siloPort, await SiteProcess.StartAsync(null, "--config", Configure("Cloud", siloPort, gatewayPort), "--no-demo"));
    }

    private string Configure(string role, int siloPort, int gatewayPort)
    {
        var file = Path.Combine(folder.FullName, string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref configurations)}.json"));
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            Weir = new
            {
                Role = role,
                ArchiveFolder = Path.Combine(folder.FullName, "archive"),
                Database = new { ConnectionString = connectionString },
                Streams = new { Store = "Pravega", Pravega = new { Controller } },
                Cluster = new
                {
                    ClusterId, SiloPort = siloPort, GatewayPort = gatewayPort,
                    ClusterMembershipOptions = new
                    {
                        // A silo that was killed is found dead in a few seconds; on a busy machine none is taken for dead.
                        ProbeTimeout = "00:00:02", NumMissedProbesLimit = 3, TableRefreshTimeout = "00:00:03", IAmAliveTablePublishTimeout = "00:00:05",
                    },
                },
            },
        }));
        return file;
    }

    private async Task<IHost> ConnectAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSiteDatabase(options => options.ConnectionString = connectionString);
        builder.UseOrleansClient(orleans => orleans.UseSqlClustering().Configure<ClusterOptions>(options =>
        {
            options.ClusterId = ClusterId;
            options.ServiceId = "weir";
        }));
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }
}

/// <summary>A silo and where others find it.</summary>
internal sealed record Silo(int SiloPort, SiteProcess Process);
