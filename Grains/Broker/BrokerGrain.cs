using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Observers;
using Weir.Grains.Peers;

namespace Weir.Grains.Broker;

/// <summary>Tells pages what the brokers of the site's silos carry, as if they were one.</summary>
[KeepAlive]
internal sealed partial class BrokerGrain(TimeProvider time, ILogger<BrokerGrain> logger) : Grain, IBrokerGrain
{
    private const int MostTopics = 100_000;
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(2);

    private readonly LiveObservers<IBrokerObserver> observers = new(logger);
    private readonly MergedTopics topics = new(MostTopics, time);
    private long toldVersion;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(TellAsync, TellEvery, TellEvery);
        return Task.CompletedTask;
    }

    public async Task<BrokerStatus> GetStatusAsync()
    {
        var all = await AskAsync(peer => peer.GetBrokerAsync());
        return new BrokerStatus(
            all.Sum(one => one.Connections), all.Sum(one => one.Sessions), await TopicsAsync(all), all.Sum(one => one.Received),
            all.Sum(one => one.Sent), all.Sum(one => one.Dropped), all.Sum(one => one.ReceivedPerSecond),
            all.Sum(one => one.SentPerSecond), string.Join(", ", all.Select(one => one.Endpoint)));
    }

    public async Task<TopicChanges> GetTopicsAsync(long since, int limit)
    {
        if (limit is < 1 or > MostTopics)
            throw new ArgumentException($"limit must be between 1 and {MostTopics:#,0}, but is {limit}.");
        await MergeAsync();
        return topics.ChangedSince(since, limit);
    }

    public Task SubscribeAsync(IBrokerObserver observer)
    {
        observers.Subscribe(observer);
        return Task.CompletedTask;
    }

    public Task UnsubscribeAsync(IBrokerObserver observer)
    {
        observers.Unsubscribe(observer);
        return Task.CompletedTask;
    }

    // One broker has counted its topics; of several, one may have the topics of another.
    private async Task<long> TopicsAsync(IReadOnlyList<BrokerStatus> all)
    {
        if (all.Count == 1) return all[0].Topics;
        await MergeAsync();
        return topics.Count;
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        if (!observers.Any)
        {
            // The brokers' rates are of the time between two questions.
            await AskAsync(peer => peer.GetBrokerAsync());
            return;
        }
        await MergeAsync();
        var changes = topics.ChangedSince(toldVersion, MostTopics);
        toldVersion = changes.Version;
        if (changes.Topics.Count > 0) await observers.NotifyAsync(observer => observer.OnTopicsAsync(changes));
    }

    private async Task MergeAsync()
    {
        var peers = await PeersAsync();
        topics.Forget(peers);
        await Task.WhenAll(peers.Select(async peer =>
        {
            if (await AskAsync(peer, one => one.GetTopicsAsync(topics.VersionOf(peer), MostTopics)) is { } changes) topics.Merge(peer, changes);
        }));
    }

    private async Task<IReadOnlyList<T>> AskAsync<T>(Func<IPeer, Task<T>> ask)
        where T : class
    {
        var answers = await Task.WhenAll((await PeersAsync()).Select(peer => AskAsync(peer, ask)));
        return [.. answers.OfType<T>()];
    }

    // A silo that does not answer has gone or is about to; the others are told of.
    private async Task<T?> AskAsync<T>(IPeer peer, Func<IPeer, Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask(peer).WaitAsync(PeerPatience, time);
        }
        catch (Exception e)
        {
            LogNoAnswer(logger, e.Message);
            return null;
        }
    }

    private Task<IReadOnlyList<IPeer>> PeersAsync() => GrainFactory.GetGrain<IPeersGrain>(ISiteGrain.Key).ListAsync();

    [LoggerMessage(Level = LogLevel.Debug, Message = "A silo did not say what its broker carries: {Reason}")]
    private static partial void LogNoAnswer(ILogger logger, string reason);
}
