using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Weir.Mqtt.Tests;

/// <summary>A broker on Kestrel on a free port of the loopback address.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly WebApplication host;

    private TestBroker(WebApplication host)
    {
        this.host = host;
        var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Port = new Uri(addresses[0]).Port;
        WebPort = new Uri(addresses[1]).Port;
        Broker = host.Services.GetRequiredService<IMqttBroker>();
    }

    public int Port { get; }

    /// <summary>Where it speaks HTTP: MQTT over WebSocket is at /mqtt.</summary>
    public int WebPort { get; }

    public IMqttBroker Broker { get; }

    /// <param name="configure">Sets limits.</param>
    /// <param name="handler">Takes the messages.</param>
    /// <param name="time">Where the time comes from.</param>
    /// <param name="secure">Says who may connect; anybody where it is null.</param>
    /// <param name="journal">Where sessions are kept.</param>
    /// <param name="listen">How it listens; plainly where it is null.</param>
    /// <param name="relay">Takes what goes to other brokers.</param>
    /// <param name="services">Adds more.</param>
    public static async Task<TestBroker> StartAsync(
        Action<MqttBrokerOptions>? configure = null, IPublishHandler? handler = null, TimeProvider? time = null,
        Action<MqttSecurityOptions>? secure = null, IMqttJournal? journal = null, MqttListenerOptions? listen = null,
        IMqttRelay? relay = null, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.Services.AddMqttBroker(configure);
        builder.Services.Configure(secure ?? (security => security.AllowAnonymous = true));
        if (journal is not null) builder.Services.AddSingleton(journal);
        services?.Invoke(builder.Services);
        if (handler is not null) builder.Services.AddSingleton(handler);
        if (relay is not null) builder.Services.AddSingleton(relay);
        if (time is not null) builder.Services.AddSingleton(time);
        listen ??= new MqttListenerOptions();
        listen.Port = 0;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenMqtt(listen);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var host = builder.Build();
        host.UseWebSockets();
        host.MapMqtt("/mqtt");
        await host.StartAsync();
        return new TestBroker(host);
    }

    public MqttClientOptions Options(string clientId = "", MqttVersion version = MqttVersion.V5) =>
        new() { Host = "127.0.0.1", Port = Port, ClientId = clientId, Version = version };

    public Task<MqttClient> ConnectAsync(string clientId = "", MqttVersion version = MqttVersion.V5) =>
        ConnectAsync(Options(clientId, version));

    public static async Task<MqttClient> ConnectAsync(MqttClientOptions options)
    {
        var client = new MqttClient(options);
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>A connection of bare frames, on which CONNECT has not been sent.</summary>
    public Task<RawConnection> OpenAsync(MqttVersion version = MqttVersion.V311) => RawConnection.OpenAsync(Port, version);

    /// <summary>A connection of bare frames that has been accepted.</summary>
    public async Task<RawConnection> OpenAsync(
        string clientId, MqttVersion version = MqttVersion.V311, bool clean = true, Properties? properties = null, ushort keepAlive = 0,
        WillMessage? will = null)
    {
        var connection = await OpenAsync(version);
        await connection.SendAsync(new ConnectPacket
        {
            Version = version, ClientId = clientId, CleanStart = clean, KeepAlive = keepAlive, Will = will, Properties = properties ?? new(),
        });
        connection.Connack = ConnackPacket.Read(await connection.ReceiveAsync(PacketType.Connack), version);
        Assert.Equal(ReasonCode.Success, connection.Connack.Reason);
        return connection;
    }

    /// <summary>Sends a CONNECT and gives the answer with the connection.</summary>
    public async Task<(RawConnection Connection, ConnackPacket Answer)> AskAsync(ConnectPacket connect)
    {
        var connection = await OpenAsync(connect.Version);
        await connection.SendAsync(connect);
        return (connection, ConnackPacket.Read(await connection.ReceiveAsync(PacketType.Connack), connect.Version));
    }

    /// <summary>Sends a CONNECT and gives the reason of the answer.</summary>
    public async Task<ReasonCode> ReasonAsync(ConnectPacket connect)
    {
        var (connection, answer) = await AskAsync(connect);
        if (answer.Reason != ReasonCode.Success) await connection.AssertClosedAsync();
        await connection.DisposeAsync();
        return answer.Reason;
    }

    public static ConnectPacket Login(string? user, string? password, MqttVersion version = MqttVersion.V5, string clientId = "c") => new()
    {
        Version = version, ClientId = clientId, CleanStart = true, UserName = user,
        Password = password is null ? null : System.Text.Encoding.UTF8.GetBytes(password),
    };

    /// <summary>Ends the broker as a crash would: connections break, and it writes nothing more to its journal.</summary>
    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await host.DisposeAsync();
    }
}
