using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Weir.Grains.Broker;
using Weir.Mqtt;
using Weir.Silo.Api;
using Weir.Silo.Start;
using Weir.Streams;

namespace Weir.Silo.Broker;

/// <summary>
/// Puts the broker into the host as the configuration says (<c>Weir:Mqtt</c>, see docs/mqtt.md): listeners, limits, who
/// may do what, sessions on disk, WebSocket at <c>/mqtt</c>, metrics.
/// </summary>
internal static class SiteBroker
{
    private const string Section = "Weir:Mqtt";

    /// <exception cref="CannotStartException">The configuration cannot be read.</exception>
    public static void AddSiteBroker(this WebApplicationBuilder builder, SiteArguments arguments, SiteSettings settings)
    {
        var section = builder.Configuration.GetSection(Section);
        var listeners = Listeners(section, arguments);
        builder.Services.AddMqttBroker();
        builder.Services.AddOptions<MqttBrokerOptions>().Configure(limits => Bind(section.GetSection("Limits"), limits));
        builder.Services.AddOptions<MqttSecurityOptions>().Configure(security => Bind(section.GetSection("Security"), security))
            .PostConfigure(security => AdmitOwnMachine(security, section, listeners));
        // The silos of a cluster share the stream store, and a session is of one broker: there they end with it.
        if (!settings.Cluster.IsConfigured && section.GetValue("Sessions:Keep", true))
        {
            builder.Services.AddBrokerSessions(section.GetValue("Sessions:Durability", StreamDurability.Written));
        }
        if (HasDatabaseUsers(section)) builder.Services.AddBrokerUsers();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, listeners));
    }

    /// <summary>Serves MQTT over WebSocket at <c>/mqtt</c>.</summary>
    public static void MapSiteBroker(this WebApplication app)
    {
        var section = app.Configuration.GetSection($"{Section}:WebSocket");
        if (section.GetValue("Enabled", true))
        {
            app.UseWebSockets();
            app.MapMqtt("/mqtt", section.GetSection("Origins").Get<string[]>() ?? []);
        }
    }

    /// <summary>
    /// Where a program on this machine reaches the broker without TLS, and whether it must log in there; null where no
    /// listener is for that.
    /// </summary>
    public static LocalBroker? FindLocal(IConfiguration configuration, SiteArguments arguments)
    {
        var section = configuration.GetSection(Section);
        var listeners = Listeners(section, arguments);
        var security = new MqttSecurityOptions();
        Bind(section.GetSection("Security"), security);
        AdmitOwnMachine(security, section, listeners);
        foreach (var listener in listeners)
        {
            if (listener.CertificateFile is not null || listener.ProxyProtocol || listener.Port == 0) continue;
            var host = listener.Address is "*" or "0.0.0.0" ? "127.0.0.1" : listener.Address == "::" ? "::1" : listener.Address;
            return new LocalBroker(host, listener.Port, AsksForLogin: !security.AllowAnonymous);
        }
        return null;
    }

    private static bool HasDatabaseUsers(IConfigurationSection section) => section.GetValue("DatabaseUsers", false);

    private static void Bind(IConfigurationSection section, object options)
    {
        try
        {
            section.Bind(options, Strictly);
        }
        catch (InvalidOperationException e)
        {
            throw CannotBeRead(section, e);
        }
    }

    private static CannotStartException CannotBeRead(IConfigurationSection section, InvalidOperationException e) =>
        new($"{section.Path} cannot be read: {e.Message} {e.InnerException?.Message}".TrimEnd());

    private static void Strictly(BinderOptions binder) => binder.ErrorOnUnknownConfiguration = true;

    private static List<MqttListenerOptions> Listeners(IConfigurationSection section, SiteArguments arguments)
    {
        try
        {
            return section.GetSection("Listeners").Get<List<MqttListenerOptions>>(Strictly)
                ?? [new MqttListenerOptions { Port = arguments.MqttPort }];
        }
        catch (InvalidOperationException e)
        {
            throw CannotBeRead(section.GetSection("Listeners"), e);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, List<MqttListenerOptions> listeners)
    {
        foreach (var listener in listeners)
        {
            try
            {
                kestrel.ListenMqtt(listener);
            }
            catch (Exception e) when (e is ArgumentException or System.Security.Cryptography.CryptographicException)
            {
                throw new CannotStartException(e.Message);
            }
        }
    }

    /// <summary>
    /// Where nothing is said of it, whoever is on this machine may connect without a name; as soon as another machine
    /// can come, or there are ways to log in, anonymous clients must be allowed by name.
    /// </summary>
    private static void AdmitOwnMachine(MqttSecurityOptions security, IConfigurationSection section, List<MqttListenerOptions> listeners)
    {
        if (section["Security:AllowAnonymous"] is not null) return;
        var hasLogins = security.Users.Count > 0 || security.PasswordFile is not null || security.Http is not null || security.Jwt is not null
            || security.CertificateUser != MqttCertificateUser.None || HasDatabaseUsers(section);
        security.AllowAnonymous = !hasLogins
            && listeners.TrueForAll(listener => IPAddress.TryParse(listener.Address, out var address) && IPAddress.IsLoopback(address));
    }
}

/// <summary>How a program on this machine reaches the broker.</summary>
/// <param name="Host">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="AsksForLogin">Whether clients that show nothing of themselves are turned away.</param>
internal sealed record LocalBroker(string Host, int Port, bool AsksForLogin);
