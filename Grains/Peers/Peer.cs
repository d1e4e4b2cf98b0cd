using Microsoft.Extensions.Options;
using Weir.Grains.Broker;
using Weir.Grains.Exchanges;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Rules;
using Weir.Grains.Sites;
using Weir.Grains.Transfers;
using Weir.Mqtt;
using SiloStatus = Weir.Grains.Interfaces.Sites.SiloStatus;
using TopicChanges = Weir.Grains.Interfaces.Broker.TopicChanges;

namespace Weir.Grains.Peers;

/// <summary>This process, for the other silos of the site. May be called from any thread.</summary>
internal sealed class Peer(
    IMqttBroker broker, PeerRelay relay, ExchangeSet exchanges, SiloVitals vitals, IOptions<SiteOptions> options, TimeProvider time) : IPeer
{
    private readonly Lock gate = new();
    private readonly CounterRate received = new(time);
    private readonly CounterRate sent = new(time);
    private readonly TopicNumberReader numbers = new(broker);

    public Task<BrokerStatus> GetBrokerAsync()
    {
        var now = broker.GetStatistics();
        lock (gate)
        {
            received.Take(now.MessagesReceived);
            sent.Take(now.MessagesSent);
            return Task.FromResult(new BrokerStatus(
                now.Connections, now.Sessions, now.Topics, now.MessagesReceived, now.MessagesSent, now.Dropped.Total,
                received.PerSecond, sent.PerSecond, options.Value.BrokerEndpoint));
        }
    }

    public Task<TopicChanges> GetTopicsAsync(long since, int limit)
    {
        var changes = broker.GetTopicsChangedSince(since);
        return Task.FromResult(new TopicChanges(
            changes.Version,
            [.. changes.Topics.Where(topic => !TransferTopics.IsOne(topic.Topic)).OrderBy(topic => topic.LastTime).Take(limit).Select(topic => new TopicStatus(
                topic.Topic, topic.Messages, topic.Rate,
                DateTimeOffset.UnixEpoch.AddTicks(topic.LastTime * TimeSpan.TicksPerMicrosecond),
                ShownValue.Of(topic.LastPayload.Span), topic.LastPayloadSize))]));
    }

    public Task<TopicNumbers> GetNumbersAsync(IReadOnlyList<NumberPlace> places, long since) => Task.FromResult(numbers.Read(places, since));

    public Task<SiloStatus> GetSiloAsync()
    {
        lock (gate) return Task.FromResult(vitals.Read());
    }

    public Task OnExchangesAsync(ExchangeDirectory directory)
    {
        exchanges.Know(directory);
        return Task.CompletedTask;
    }

    public Task OnPeersAsync(IReadOnlyList<IPeer> others)
    {
        relay.Know(others);
        return Task.CompletedTask;
    }

    public Task RelayAsync(ReadOnlyMemory<byte> messages)
    {
        broker.Relay(messages.Span);
        return Task.CompletedTask;
    }
}
