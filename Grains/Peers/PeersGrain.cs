using Microsoft.Extensions.Logging;

namespace Weir.Grains.Peers;

/// <summary>Knows the silos that have said they run. Nothing of it is kept: they say so again.</summary>
[KeepAlive]
internal sealed partial class PeersGrain(TimeProvider time, ILogger<PeersGrain> logger) : Grain, IPeersGrain
{
    /// <summary>How often a silo says that it runs.</summary>
    public static readonly TimeSpan JoinEvery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Expiration = 5 * JoinEvery;
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<string, (IPeer Peer, long At)> peers = new(StringComparer.Ordinal);

    public async Task<IReadOnlyList<IPeer>> JoinAsync(string silo, IPeer peer)
    {
        var isNew = !peers.ContainsKey(silo);
        peers[silo] = (peer, time.GetTimestamp());
        if (isNew) await TellOthersAsync(silo);
        return Others(silo);
    }

    public async Task LeaveAsync(string silo)
    {
        if (peers.Remove(silo)) await TellOthersAsync(silo);
    }

    public Task<IReadOnlyList<IPeer>> ListAsync() => Task.FromResult(Others(""));

    private IReadOnlyList<IPeer> Others(string silo)
    {
        foreach (var (name, entry) in peers.ToList())
        {
            if (time.GetElapsedTime(entry.At) > Expiration) peers.Remove(name);
        }
        return [.. peers.Where(entry => entry.Key != silo).Select(entry => entry.Value.Peer)];
    }

    private Task TellOthersAsync(string silo) => Task.WhenAll(peers.Keys.Where(other => other != silo).ToList().Select(TellAsync));

    // One that cannot be told has gone, or asks by itself in a moment.
    private async Task TellAsync(string silo)
    {
        try
        {
            await peers[silo].Peer.OnPeersAsync(Others(silo)).WaitAsync(PeerPatience, time);
        }
        catch (Exception e)
        {
            LogNotTold(logger, silo, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} could not be told of another: {Reason}")]
    private static partial void LogNotTold(ILogger logger, string silo, string reason);
}
