using Weir.Mqtt;
using Weir.Silo.Broker;
using Weir.Silo.Start;

namespace Weir.Silo.Demo;

/// <summary>Adds the demo: a camera that plays a video, and a plant of simulated machines.</summary>
internal static class DemoServices
{
    public static void AddDemo(this WebApplicationBuilder builder, SiteArguments arguments)
    {
        var broker = SiteBroker.FindLocal(builder.Configuration, arguments);
        var login = broker is { AsksForLogin: true } ? new DemoLogin() : null;
        if (login is not null)
        {
            // Asked before the others: those know all users, and would turn this one away.
            builder.Services.Insert(0, ServiceDescriptor.Singleton<IMqttAuthenticator>(login));
            builder.Services.PostConfigure<MqttSecurityOptions>(login.Admit);
        }
        builder.Services.AddSingleton(new DemoOptions(arguments.DemoVideo?.FullName, broker, login));
        builder.Services.AddHostedService<DemoSite>();
        if (broker is not null) builder.Services.AddHostedService<DemoPlant>();
    }
}

/// <summary>What the demo plays with.</summary>
/// <param name="Video">Path of the video that the camera plays; null for no camera.</param>
/// <param name="Broker">Where the machines reach the broker; null where it listens with TLS only, so that there are no machines.</param>
/// <param name="Login">How they log in; null where nobody must.</param>
internal sealed record DemoOptions(string? Video, LocalBroker? Broker, DemoLogin? Login);
