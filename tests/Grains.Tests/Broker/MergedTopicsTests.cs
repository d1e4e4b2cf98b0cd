using Microsoft.Extensions.Time.Testing;
using Weir.Grains.Broker;
using Weir.Grains.Exchanges;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Peers;
using Weir.Grains.Rules;
using SiloStatus = Weir.Grains.Interfaces.Sites.SiloStatus;

namespace Weir.Grains.Tests.Broker;

public sealed class MergedTopicsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Noon);
    private readonly IPeer first = new SomePeer();
    private readonly IPeer second = new SomePeer();

    [Fact]
    public void Counts_and_rates_of_two_brokers_add_up_and_the_last_message_is_the_last_of_all()
    {
        var topics = new MergedTopics(10, time);
        topics.Merge(first, new TopicChanges(7, [Topic("a", 3, 1.5, 2, "late"), Topic("b", 1, 1, 1, "b")]));
        topics.Merge(second, new TopicChanges(9, [Topic("a", 4, 0.5, 1, "early")]));

        var all = topics.ChangedSince(0, 10).Topics;

        Assert.Equal(2, topics.Count);
        Assert.Equal(Topic("a", 7, 2, 2, "late"), Assert.Single(all, topic => topic.Topic == "a"));
        Assert.Equal((7, 9), (topics.VersionOf(first), topics.VersionOf(second)));
    }

    [Fact]
    public void Only_what_has_changed_since_is_told()
    {
        var topics = new MergedTopics(10, time);
        topics.Merge(first, new TopicChanges(1, [Topic("a", 1, 1, 1, "x")]));
        var version = topics.ChangedSince(0, 10).Version;
        topics.Merge(first, new TopicChanges(2, [Topic("b", 1, 1, 2, "y")]));

        Assert.Equal("b", Assert.Single(topics.ChangedSince(version, 10).Topics).Topic);
        Assert.Empty(topics.ChangedSince(topics.ChangedSince(0, 10).Version, 10).Topics);
    }

    [Fact]
    public void Versions_go_on_rising_in_a_later_activation()
    {
        var topics = new MergedTopics(10, time);
        for (var i = 0; i < 100; i++) topics.Merge(first, new TopicChanges(i, [Topic("a", i, 1, i, "x")]));
        var version = topics.ChangedSince(0, 10).Version;
        time.Advance(TimeSpan.FromSeconds(1));

        var later = new MergedTopics(10, time);
        later.Merge(first, new TopicChanges(1, [Topic("a", 1, 1, 1, "x")]));

        Assert.Single(later.ChangedSince(version, 10).Topics);
    }

    [Fact]
    public void The_topics_that_were_quiet_for_longest_go_first()
    {
        var topics = new MergedTopics(2, time);
        topics.Merge(first, new TopicChanges(1, [Topic("a", 1, 1, 1, "x")]));
        topics.Merge(first, new TopicChanges(2, [Topic("b", 1, 1, 2, "x")]));
        topics.Merge(first, new TopicChanges(3, [Topic("c", 1, 1, 3, "x")]));

        Assert.Equal(["b", "c"], topics.ChangedSince(0, 10).Topics.Select(topic => topic.Topic));
    }

    [Fact]
    public void A_broker_that_is_gone_counts_no_more_where_another_carries_the_topic()
    {
        var topics = new MergedTopics(10, time);
        topics.Merge(first, new TopicChanges(1, [Topic("a", 1, 1, 1, "x"), Topic("only", 1, 1, 1, "x")]));
        topics.Merge(second, new TopicChanges(1, [Topic("a", 5, 1, 2, "y")]));

        topics.Forget([second]);

        Assert.Equal([("only", 1L), ("a", 5)], topics.ChangedSince(0, 10).Topics.Select(topic => (topic.Topic, topic.Messages)));
        Assert.Equal(0, topics.VersionOf(first));
    }

    private static TopicStatus Topic(string name, long messages, double rate, int second, string value) =>
        new(name, messages, rate, Noon.AddSeconds(second), value, value.Length);

    private sealed class SomePeer : IPeer
    {
        public Task<BrokerStatus> GetBrokerAsync() => throw new NotSupportedException();

        public Task<TopicChanges> GetTopicsAsync(long since, int limit) => throw new NotSupportedException();

        public Task<TopicNumbers> GetNumbersAsync(IReadOnlyList<NumberPlace> places, long since) => throw new NotSupportedException();

        public Task<SiloStatus> GetSiloAsync() => throw new NotSupportedException();

        public Task OnExchangesAsync(ExchangeDirectory exchanges) => throw new NotSupportedException();

        public Task OnPeersAsync(IReadOnlyList<IPeer> others) => throw new NotSupportedException();

        public Task RelayAsync(ReadOnlyMemory<byte> messages) => throw new NotSupportedException();
    }
}
