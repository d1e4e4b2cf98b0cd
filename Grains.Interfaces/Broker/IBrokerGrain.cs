using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Broker;

/// <summary>The MQTT broker of a site, as pages see it. The key is <see cref="Sites.ISiteGrain.Key"/>.</summary>
[Alias("weir.IBrokerGrain")]
public interface IBrokerGrain : IGrainWithStringKey
{
    /// <summary>How the broker does.</summary>
    [Alias("GetStatus"), AlwaysInterleave] Task<BrokerStatus> GetStatusAsync();

    /// <summary>The topics that have carried a message since a version, at most a limit of them, oldest change first.</summary>
    /// <param name="since">The <see cref="TopicChanges.Version"/> of the answer before; 0 for all.</param>
    /// <param name="limit">Most topics in the answer, 1 to 100,000.</param>
    [Alias("GetTopics"), AlwaysInterleave] Task<TopicChanges> GetTopicsAsync(long since, int limit);

    /// <summary>Has an observer told of changes until <see cref="UnsubscribeAsync"/>, or a minute after the last call.</summary>
    [Alias("Subscribe"), AlwaysInterleave] Task SubscribeAsync(IBrokerObserver observer);

    /// <summary>Ends a subscription.</summary>
    [Alias("Unsubscribe"), AlwaysInterleave] Task UnsubscribeAsync(IBrokerObserver observer);
}

/// <summary>Is told what the broker carries, a few times a second at most.</summary>
[Alias("weir.IBrokerObserver")]
public interface IBrokerObserver : IGrainObserver
{
    /// <summary>The topics that have carried a message since the last call.</summary>
    [Alias("OnTopics"), OneWay] Task OnTopicsAsync(TopicChanges changes);
}

/// <summary>How the broker does.</summary>
/// <param name="Connections">Clients that are connected.</param>
/// <param name="Sessions">Sessions, with those whose client is away.</param>
/// <param name="Topics">Topics that have carried a message.</param>
/// <param name="Received">Messages received since the site's start.</param>
/// <param name="Sent">Messages sent since the site's start.</param>
/// <param name="Dropped">Messages dropped since the site's start.</param>
/// <param name="ReceivedPerSecond">Messages received a second.</param>
/// <param name="SentPerSecond">Messages sent a second.</param>
/// <param name="Endpoint">Where it listens, as <c>host:port</c>.</param>
[GenerateSerializer, Immutable, Alias("weir.BrokerStatus")]
public sealed record BrokerStatus(
    [property: Id(0)] int Connections, [property: Id(1)] int Sessions, [property: Id(2)] long Topics,
    [property: Id(3)] long Received, [property: Id(4)] long Sent, [property: Id(5)] long Dropped,
    [property: Id(6)] double ReceivedPerSecond, [property: Id(7)] double SentPerSecond,
    [property: Id(8)] string Endpoint);

/// <summary>Topics that have carried a message since a version.</summary>
/// <param name="Version">What to ask with for the next changes.</param>
/// <param name="Topics">The topics.</param>
[GenerateSerializer, Immutable, Alias("weir.TopicChanges")]
public sealed record TopicChanges([property: Id(0)] long Version, [property: Id(1)] IReadOnlyList<TopicStatus> Topics);

/// <summary>A topic and the last message it carried.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Messages">Messages since the site's start.</param>
/// <param name="MessagesPerSecond">Messages a second.</param>
/// <param name="LastTime">When the last one came.</param>
/// <param name="LastValue">The beginning of its payload: text where it is text, else hexadecimal.</param>
/// <param name="Size">Bytes of its payload.</param>
[GenerateSerializer, Immutable, Alias("weir.TopicStatus")]
public sealed record TopicStatus(
    [property: Id(0)] string Topic, [property: Id(1)] long Messages, [property: Id(2)] double MessagesPerSecond,
    [property: Id(3)] DateTimeOffset LastTime, [property: Id(4)] string LastValue, [property: Id(5)] int Size);
