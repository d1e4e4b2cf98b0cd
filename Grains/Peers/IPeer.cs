using Orleans.Concurrency;
using Weir.Grains.Exchanges;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Rules;
using SiloStatus = Weir.Grains.Interfaces.Sites.SiloStatus;

namespace Weir.Grains.Peers;

/// <summary>
/// A silo as the others of its site reach it: its broker, what it knows of the exchanges, and how it does. An
/// observer, for it is a matter of one process and ends with it.
/// </summary>
[Alias("weir.IPeer")]
internal interface IPeer : IGrainObserver
{
    /// <summary>How its broker does.</summary>
    [Alias("GetBroker"), AlwaysInterleave] Task<BrokerStatus> GetBrokerAsync();

    /// <summary>The topics that its broker has carried since a version of this answer.</summary>
    [Alias("GetTopics"), AlwaysInterleave] Task<TopicChanges> GetTopicsAsync(long since, int limit);

    /// <summary>
    /// The numbers that rules look for in the messages of its broker, since a version of this answer; 0 for all. From then on
    /// the broker keeps those messages whole.
    /// </summary>
    [Alias("GetNumbers"), AlwaysInterleave] Task<TopicNumbers> GetNumbersAsync(IReadOnlyList<NumberPlace> places, long since);

    /// <summary>How its process does.</summary>
    [Alias("GetSilo"), AlwaysInterleave] Task<SiloStatus> GetSiloAsync();

    /// <summary>Which exchanges the site has; ends when its broker routes by them.</summary>
    [Alias("OnExchanges"), AlwaysInterleave] Task OnExchangesAsync(ExchangeDirectory exchanges);

    /// <summary>Which other silos there are; ends when its broker's messages go to them.</summary>
    [Alias("OnPeers"), AlwaysInterleave] Task OnPeersAsync(IReadOnlyList<IPeer> others);

    /// <summary>Messages that the calling silo's broker has accepted, as <see cref="Mqtt.PublishBatch.WriteAccepted"/> writes them.</summary>
    [Alias("Relay"), AlwaysInterleave] Task RelayAsync(ReadOnlyMemory<byte> messages);
}

/// <summary>The silos of a site that run. The key is <see cref="Interfaces.Sites.ISiteGrain.Key"/>.</summary>
[Alias("weir.IPeersGrain")]
internal interface IPeersGrain : IGrainWithStringKey
{
    /// <summary>
    /// Says that a silo runs; it says so again every few seconds, or is taken for gone. Where it is new, this ends when
    /// the others know it.
    /// </summary>
    /// <returns>The others.</returns>
    [Alias("Join"), AlwaysInterleave] Task<IReadOnlyList<IPeer>> JoinAsync(string silo, IPeer peer);

    /// <summary>Says that a silo stops; this ends when the others know it.</summary>
    [Alias("Leave"), AlwaysInterleave] Task LeaveAsync(string silo);

    /// <summary>Those that run.</summary>
    [Alias("List"), AlwaysInterleave] Task<IReadOnlyList<IPeer>> ListAsync();
}
