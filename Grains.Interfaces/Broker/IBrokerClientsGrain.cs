using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Broker;

/// <summary>The clients of a site's MQTT broker, for operators. The key is <see cref="Sites.ISiteGrain.Key"/>.</summary>
[Alias("weir.IBrokerClientsGrain")]
public interface IBrokerClientsGrain : IGrainWithStringKey
{
    /// <summary>The clients that the broker holds a session for, those connected first, then by client identifier.</summary>
    /// <param name="limit">Most clients in the answer, 1 to 100,000.</param>
    [Alias("List"), AlwaysInterleave] Task<IReadOnlyList<BrokerClient>> ListAsync(int limit);

    /// <summary>One client with its subscriptions.</summary>
    /// <exception cref="KeyNotFoundException">The broker holds no session of that identifier.</exception>
    [Alias("Get"), AlwaysInterleave] Task<BrokerClientDetails> GetAsync(string clientId);

    /// <summary>Ends a client's connection, and its session too where that is asked for.</summary>
    /// <exception cref="KeyNotFoundException">The broker holds no session of that identifier.</exception>
    [Alias("Disconnect")] Task DisconnectAsync(string clientId, bool endSession);

    /// <summary>Who is not let in.</summary>
    [Alias("ListBans"), AlwaysInterleave] Task<IReadOnlyList<BrokerBan>> ListBansAsync();

    /// <summary>Lets somebody not in any more, until the broker is started again, and ends the connections that they have.</summary>
    /// <exception cref="ArgumentException">The ban does not name exactly one client identifier, user or address.</exception>
    [Alias("Ban")] Task BanAsync(BrokerBan ban);

    /// <summary>Takes a ban back.</summary>
    /// <exception cref="KeyNotFoundException">There is no such ban.</exception>
    [Alias("Unban")] Task UnbanAsync(BrokerBan ban);
}

/// <summary>A client that the broker holds a session for. What concerns a connection is null or zero where it has none.</summary>
/// <param name="ClientId">Its client identifier.</param>
/// <param name="User">Who it is; null for an anonymous client.</param>
/// <param name="IsConnected">Whether it has a connection.</param>
/// <param name="Protocol">The version that it speaks, such as <c>MQTT 5</c>.</param>
/// <param name="Address">Where it connects from.</param>
/// <param name="ConnectedSince">Since when.</param>
/// <param name="Subscriptions">How many subscriptions it has.</param>
/// <param name="Queued">Messages that wait for it.</param>
/// <param name="QueuedBytes">How many bytes those have.</param>
/// <param name="Inflight">Messages that it has not acknowledged yet.</param>
/// <param name="ReceivedPerSecond">Messages a second from it.</param>
/// <param name="SentPerSecond">Messages a second to it.</param>
/// <param name="Dropped">Messages dropped on their way to it, by cause; only causes that have any.</param>
[GenerateSerializer, Immutable, Alias("weir.BrokerClient")]
public sealed record BrokerClient(
    [property: Id(0)] string ClientId, [property: Id(1)] string? User, [property: Id(2)] bool IsConnected,
    [property: Id(3)] string? Protocol, [property: Id(4)] string? Address, [property: Id(5)] DateTimeOffset? ConnectedSince,
    [property: Id(6)] int Subscriptions, [property: Id(7)] int Queued, [property: Id(8)] long QueuedBytes,
    [property: Id(9)] int Inflight, [property: Id(10)] double ReceivedPerSecond, [property: Id(11)] double SentPerSecond,
    [property: Id(12)] IReadOnlyDictionary<string, long> Dropped);

/// <summary>A client with its subscriptions.</summary>
/// <param name="Client">The client.</param>
/// <param name="Subscriptions">What it subscribes.</param>
[GenerateSerializer, Immutable, Alias("weir.BrokerClientDetails")]
public sealed record BrokerClientDetails(
    [property: Id(0)] BrokerClient Client, [property: Id(1)] IReadOnlyList<BrokerSubscription> Subscriptions);

/// <summary>One subscription.</summary>
/// <param name="Filter">The topic filter.</param>
/// <param name="QoS">The QoS that was granted.</param>
[GenerateSerializer, Immutable, Alias("weir.BrokerSubscription")]
public sealed record BrokerSubscription([property: Id(0)] string Filter, [property: Id(1)] int QoS);

/// <summary>Somebody who is not let in: exactly one of client identifier, user and address is given.</summary>
/// <param name="ClientId">The client identifier.</param>
/// <param name="User">The user name.</param>
/// <param name="Address">The address, or a network such as <c>10.1.0.0/16</c>.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Until">When it ends; null for never.</param>
[GenerateSerializer, Immutable, Alias("weir.BrokerBan")]
public sealed record BrokerBan(
    [property: Id(0)] string? ClientId, [property: Id(1)] string? User, [property: Id(2)] string? Address,
    [property: Id(3)] string? Reason = null, [property: Id(4)] DateTimeOffset? Until = null);
