using Weir.Grains.Interfaces.Broker;
using Weir.Mqtt;

namespace Weir.Grains.Broker;

/// <summary>Shows operators the clients of this process's broker, and does to them what operators want.</summary>
internal sealed class BrokerClientsGrain(IMqttBroker broker) : Grain, IBrokerClientsGrain
{
    private const int MostClients = 100_000;

    public Task<IReadOnlyList<BrokerClient>> ListAsync(int limit)
    {
        if (limit is < 1 or > MostClients) throw new ArgumentException($"limit must be between 1 and {MostClients:#,0}, but is {limit}.");
        IReadOnlyList<BrokerClient> clients =
        [
            .. broker.GetClients().OrderByDescending(c => c.IsConnected).ThenBy(c => c.ClientId, StringComparer.Ordinal).Take(limit).Select(Show),
        ];
        return Task.FromResult(clients);
    }

    public Task<BrokerClientDetails> GetAsync(string clientId)
    {
        var client = broker.GetClient(clientId) ?? throw NotFound(clientId);
        return Task.FromResult(new BrokerClientDetails(
            Show(client.Status),
            [.. client.Subscriptions.OrderBy(s => s.Filter, StringComparer.Ordinal).Select(s => new BrokerSubscription(s.Filter, (int)s.QoS))]));
    }

    public Task DisconnectAsync(string clientId, bool endSession) =>
        broker.Disconnect(clientId, endSession) ? Task.CompletedTask : throw NotFound(clientId);

    public Task<IReadOnlyList<BrokerBan>> ListBansAsync()
    {
        IReadOnlyList<BrokerBan> bans = [.. broker.Bans.Select(b => new BrokerBan(b.ClientId, b.User, b.Address, b.Reason, b.Until))];
        return Task.FromResult(bans);
    }

    public Task BanAsync(BrokerBan ban)
    {
        broker.Ban(ToBan(ban));
        return Task.CompletedTask;
    }

    public Task UnbanAsync(BrokerBan ban) =>
        broker.Unban(ToBan(ban)) ? Task.CompletedTask
            : throw new KeyNotFoundException($"There is no ban of {ban.ClientId ?? ban.User ?? ban.Address}.");

    private static KeyNotFoundException NotFound(string clientId) => new($"The broker holds no session of a client '{clientId}'.");

    private static MqttBan ToBan(BrokerBan ban) =>
        new() { ClientId = ban.ClientId, User = ban.User, Address = ban.Address, Reason = ban.Reason, Until = ban.Until };

    private static BrokerClient Show(MqttClientStatus client) => new(
        client.ClientId, client.User, client.IsConnected,
        client.Version switch { MqttVersion.V31 => "MQTT 3.1", MqttVersion.V311 => "MQTT 3.1.1", MqttVersion.V5 => "MQTT 5", _ => null },
        client.RemoteEndPoint, client.ConnectedSince, client.Subscriptions, client.QueuedMessages, client.QueuedBytes, client.InflightMessages,
        client.ReceivedPerSecond, client.SentPerSecond, Causes(client.Dropped));

    private static Dictionary<string, long> Causes(DroppedMessages dropped)
    {
        (string Cause, long Count)[] all =
        [
            ("queueFull", dropped.QueueFull), ("expired", dropped.Expired), ("packetTooLarge", dropped.PacketTooLarge),
            ("sessionEnded", dropped.SessionEnded),
        ];
        return all.Where(c => c.Count > 0).ToDictionary(c => c.Cause, c => c.Count, StringComparer.Ordinal);
    }
}
