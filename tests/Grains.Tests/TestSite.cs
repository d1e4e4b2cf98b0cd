using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Streams;
using Weir.Database;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Sites;
using Weir.Mqtt;
using Weir.Streams.Provider;
using Weir.Streams.SegmentLog;

namespace Weir.Grains.Tests;

/// <summary>The silo of a site without its web server, on a data folder; on whichever Orleans this was built with.</summary>
internal sealed class TestSite : IAsyncDisposable
{
    private readonly IHost host;

    private TestSite(IHost host) => this.host = host;

    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    public ISiteGrain Site => Grains.GetGrain<ISiteGrain>(ISiteGrain.Key);

    public IStreamProvider Detections => host.Services.GetRequiredKeyedService<IStreamProvider>(DetectionStreams.Provider);

    public IMqttBroker Broker => host.Services.GetRequiredService<IMqttBroker>();

    /// <param name="folder">The data folder.</param>
    /// <param name="database">How a server of the MySQL protocol is reached; null for a SQLite file in the folder.</param>
    public static async Task<TestSite> StartAsync(string folder, string? database = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSegmentLog(options => options.Directory = Path.Combine(folder, "streams"));
        builder.Services.AddSiteDatabase(options =>
        {
            if (database is null) options.File = Path.Combine(folder, "site.db");
            else options.ConnectionString = database;
        });
        builder.Services.AddResultSinks();
        builder.Services.AddRowRetention();
        builder.Services.AddMqttBroker();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort(), FreePort())
            .AddSqlGrainStorage(SiteStorage.Name)
            .AddEmbeddedStreams(DetectionStreams.Provider));
        builder.Services.AddSiteGrains(options => options.DataFolder = folder);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new TestSite(host);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
