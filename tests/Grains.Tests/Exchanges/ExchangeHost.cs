using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weir.Archive;
using Weir.Grains.Exchanges;
using Weir.Grains.Sites;
using Weir.Mqtt;
using Weir.Streams.SegmentLog;

namespace Weir.Grains.Tests.Exchanges;

/// <summary>The broker on a port of the loopback address, with exchanges behind it, as a site has them; without grains.</summary>
internal sealed class ExchangeHost : IAsyncDisposable
{
    private readonly WebApplication host;

    private ExchangeHost(WebApplication host, int port, Exchange exchange)
    {
        this.host = host;
        Port = port;
        Exchange = exchange;
    }

    /// <summary>The exchange that it was started with.</summary>
    public Exchange Exchange { get; }

    public int Port { get; }

    public ExchangeSet Exchanges => host.Services.GetRequiredService<ExchangeSet>();

    /// <summary>Starts it with one exchange, which takes everything unless its options say otherwise.</summary>
    public static async Task<ExchangeHost> StartAsync(string folder, ExchangeOptions options, int maxPacketSize = 32 << 20)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddMqttBroker(broker =>
        {
            broker.MaxPacketSize = maxPacketSize;
            broker.MaxTopicLength = ushort.MaxValue;
            broker.MaxTopicLevels = 1_000;
        });
        builder.Services.Configure<MqttSecurityOptions>(security => security.AllowAnonymous = true);
        builder.Services.AddSegmentLog(log => log.Directory = Path.Combine(folder, "streams"));
        builder.Services.Configure<SiteOptions>(site => site.DataFolder = folder);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ExchangeElsewhere>(_ => name => throw new InvalidOperationException($"The exchange '{name}' must be here."));
        builder.Services.AddSingleton<ExchangeSet>();
        builder.Services.AddSingleton<IPublishHandler, ExchangeRouter>();
        ListenOptions? endpoint = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            endpoint = listen;
            listen.UseConnectionHandler<MqttConnectionHandler>();
        }));
        var host = builder.Build();
        var exchange = await host.Services.GetRequiredService<ExchangeSet>().OpenAsync(options.TopicFilters.Count > 0 ? options : options with { TopicFilters = ["#"] });
        await host.StartAsync();
        return new ExchangeHost(host, endpoint!.IPEndPoint!.Port, exchange);
    }

    public async Task<MqttClient> ConnectAsync(string id, MqttVersion version = MqttVersion.V5)
    {
        var client = new MqttClient(new MqttClientOptions
        {
            Host = "127.0.0.1", Port = Port, ClientId = id, Version = version, MaxPacketSize = 32 << 20, ConnectTimeout = TimeSpan.FromMinutes(2),
        });
        await client.ConnectAsync();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await host.DisposeAsync();
    }
}
