using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>Registers the broker.</summary>
public static class MqttServiceCollectionExtensions
{
    /// <summary>
    /// Adds the broker as <see cref="IMqttBroker"/>. Used where they are registered: an <see cref="IPublishHandler"/>, an
    /// <see cref="IMqttJournal"/>, further <see cref="IMqttAuthenticator"/> and <see cref="IMqttEnhancedAuthenticator"/>,
    /// <see cref="IMqttUserStore"/>, a <see cref="TimeProvider"/>. Who may connect is said by <see cref="MqttSecurityOptions"/>: nobody to begin with.
    /// Wrong options end the host at its start.
    /// </summary>
    public static IServiceCollection AddMqttBroker(this IServiceCollection services, Action<MqttBrokerOptions>? configure = null)
    {
        var options = services.AddOptions<MqttBrokerOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MqttBrokerOptions>, MqttBrokerOptionsValidator>());
        services.AddOptions<MqttSecurityOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MqttSecurityOptions>, MqttSecurityOptionsValidator>());
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IMqttAuthenticator, CertificateAuthenticator>(),
            ServiceDescriptor.Singleton<IMqttAuthenticator, JwtAuthenticator>(),
            ServiceDescriptor.Singleton<IMqttAuthenticator, PasswordAuthenticator>(),
            ServiceDescriptor.Singleton<IMqttAuthenticator, HttpAuthenticator>(),
        ]);
        // Kestrel asks the transport that was added last first; what is not the broker's goes to its own.
        services.TryAddSingleton<IConnectionListenerFactory, SocketTransportFactory>();
        services.AddSingleton<IConnectionListenerFactory, SocketTransport>();
        services.AddHostedService<MqttBrokerService>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IMqttBroker, MqttBroker>();
        return services;
    }
}
