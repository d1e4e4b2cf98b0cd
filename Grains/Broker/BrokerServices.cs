using Microsoft.Extensions.DependencyInjection;
using Weir.Grains.Users;
using Weir.Mqtt;
using Weir.Streams;

namespace Weir.Grains.Broker;

/// <summary>Puts the broker's sessions into the site's streams, and its users into the database.</summary>
public static class BrokerServices
{
    /// <summary>Adds it. The host adds the broker and the stream store.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="durability">What an acknowledged message that waits for a client survives.</param>
    public static IServiceCollection AddBrokerSessions(
        this IServiceCollection services, StreamDurability durability = StreamDurability.Written) =>
        services.AddSingleton<IMqttJournal>(provider => new StreamJournal(provider.GetRequiredService<IStreamStore>(), durability));

    /// <summary>Has the broker look into the database for users, beside those of its configuration. The host adds the database.</summary>
    public static IServiceCollection AddBrokerUsers(this IServiceCollection services) => services.AddSingleton<IMqttUserStore, SiteUsers>();
}
