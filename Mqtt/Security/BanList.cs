using System.Collections.Concurrent;
using System.Net;

namespace Weir.Mqtt;

/// <summary>Somebody who is not let in. Exactly one of the three says who.</summary>
public sealed record MqttBan
{
    /// <summary>A client identifier.</summary>
    public string? ClientId { get; init; }

    /// <summary>A user name.</summary>
    public string? User { get; init; }

    /// <summary>An address, or a network such as <c>10.1.0.0/16</c>.</summary>
    public string? Address { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Reason { get; init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    internal string? Fault =>
        (ClientId is null ? 0 : 1) + (User is null ? 0 : 1) + (Address is null ? 0 : 1) != 1
            ? "A ban names exactly one of ClientId, User and Address."
            : Address is not null && Network is null ? $"'{Address}' is neither an address nor a network such as 10.1.0.0/16." : null;

    private IPNetwork? Network =>
        IPNetwork.TryParse(Address, out var network) ? network
            : IPAddress.TryParse(Address, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;

    internal bool Holds(string? clientId, string? user, IPAddress? address, DateTimeOffset now) =>
        (Until is null || Until > now)
        && ((ClientId is not null && ClientId == clientId) || (User is not null && User == user)
            || (address is not null && Network is { } network && network.Contains(address)));
}

/// <summary>All bans, those of the configuration and those of operators. Thread-safe.</summary>
internal sealed class BanList(IEnumerable<MqttBan> configured, TimeProvider time)
{
    private readonly ConcurrentDictionary<(string? ClientId, string? User, string? Address), MqttBan> bans =
        new(configured.Select(ban => KeyValuePair.Create(KeyOf(ban), ban)));

    public IReadOnlyList<MqttBan> All => [.. bans.Values.Where(ban => ban.Until is null || ban.Until > time.GetUtcNow())];

    public void Add(MqttBan ban)
    {
        if (ban.Fault is { } fault) throw new ArgumentException(fault, nameof(ban));
        bans[KeyOf(ban)] = ban;
        foreach (var (key, old) in bans)
        {
            if (old.Until <= time.GetUtcNow()) bans.TryRemove(key, out _);
        }
    }

    public bool Remove(MqttBan ban) => bans.TryRemove(KeyOf(ban), out _);

    public MqttBan? Find(string? clientId, string? user, IPAddress? address)
    {
        if (bans.IsEmpty) return null;
        var now = time.GetUtcNow();
        foreach (var (_, ban) in bans)
        {
            if (ban.Holds(clientId, user, address, now)) return ban;
        }
        return null;
    }

    private static (string?, string?, string?) KeyOf(MqttBan ban) => (ban.ClientId, ban.User, ban.Address);
}
