using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Weir.Mqtt;

namespace Weir.Grains.Peers;

/// <summary>
/// Takes what this silo's broker has accepted to the brokers of the site's other silos, in bundles. A silo that does
/// not keep up is not waited for: past a limit its messages are dropped, counted and logged. What exchanges keep is not
/// touched by that.
/// </summary>
internal sealed partial class PeerRelay : IMqttRelay
{
    private const long MostWaitingBytes = 64L << 20;
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly ILogger<PeerRelay> logger;
    private readonly Counter<long> dropped;
    private ImmutableDictionary<IPeer, BundleSender> peers = ImmutableDictionary<IPeer, BundleSender>.Empty;

    public PeerRelay(ILogger<PeerRelay> logger, IMeterFactory meters)
    {
        this.logger = logger;
        dropped = meters.Create("Weir.Site").CreateCounter<long>(
            "weir.relay.messages.dropped", "{message}", "Messages that did not get from one broker of the site to another.");
    }

    /// <summary>Takes over which other silos there are.</summary>
    public void Know(IReadOnlyList<IPeer> others)
    {
        lock (gate)
        {
            if (others.Count == peers.Count && others.All(peers.ContainsKey)) return;
            peers = others.ToImmutableDictionary(
                peer => peer, peer => peers.GetValueOrDefault(peer) ?? new BundleSender((bytes, messages) => SendAsync(peer, bytes, messages)));
        }
    }

    public void Take(PublishBatch batch)
    {
        foreach (var (_, bundles) in peers)
        {
            if (bundles.WaitingBytes > MostWaitingBytes) Drop(batch.Count, null);
            else _ = bundles.Add(batch, static (target, accepted) => accepted.WriteAccepted(target));
        }
    }

    // Never fails: a bundle that does not get there is lost for that broker's subscribers only.
    private async Task SendAsync(IPeer peer, ReadOnlyMemory<byte> bytes, int messages)
    {
        try
        {
            await peer.RelayAsync(bytes).WaitAsync(SendPatience);
        }
        catch (Exception e)
        {
            Drop(messages, e);
        }
    }

    private void Drop(int messages, Exception? fault)
    {
        dropped.Add(messages);
        LogDropped(logger, messages, fault);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Messages} messages did not get to the subscribers of another silo's broker.")]
    private static partial void LogDropped(ILogger logger, int messages, Exception? fault);
}
