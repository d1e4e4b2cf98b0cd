using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Weir.Mqtt.Tests.Broker;

public sealed class StatisticsTests
{
    [Fact]
    public async Task The_counts_are_those_of_what_happened_and_the_meter_says_the_same()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("a/#", 1);
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5, keepAlive: 30);
        for (ushort i = 1; i <= 5; i++) await publisher.PublishAsync("a/b", "12345", 1, i);
        await publisher.PublishAsync("other", "12345", 1, 6);
        for (var i = 0; i < 5; i++) await subscriber.ReceivePublishAsync();
        for (var i = 0; i < 6; i++) await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);
        await subscriber.AcknowledgeAsync(PacketType.Puback, 1);
        await subscriber.PingAsync();

        var counts = broker.Broker.GetStatistics();
        Assert.Equal((2, 2, 2, 6, 5), (counts.Connections, counts.Sessions, counts.Topics, (int)counts.MessagesReceived, (int)counts.MessagesSent));
        Assert.Equal(0, counts.Dropped.Total);
        Assert.InRange(counts.BytesSent, 5 * 14, 500);
        Assert.InRange(counts.BytesReceived, 6 * 14, 500);

        var clients = broker.Broker.GetClients().OrderBy(c => c.ClientId).ToList();
        Assert.Equal(["publisher", "subscriber"], clients.Select(c => c.ClientId));
        Assert.Equal((MqttVersion.V5, 6L, 0, TimeSpan.FromSeconds(30)), (clients[0].Version, clients[0].MessagesReceived, clients[0].Subscriptions, clients[0].KeepAlive));
        Assert.Equal((MqttVersion.V311, 5L, 1, 4), (clients[1].Version, clients[1].MessagesSent, clients[1].Subscriptions, clients[1].InflightMessages));
    }

    [Fact]
    public void Every_count_is_a_metric()
    {
        using var factory = new OneMeter();
        using var counters = new BrokerCounters(factory, () => 3, () => 4);
        counters.Receive(7);
        counters.Drop(DropCause.Expired, 2);
        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter == factory.Made) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen[instrument.Name + string.Concat(tags.ToArray().Select(t => $" {t.Value}"))] = value);
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal((3, 4, 7, 2, 0), (seen["weir.mqtt.connections"], seen["weir.mqtt.sessions"], seen["weir.mqtt.messages.received"],
            seen["weir.mqtt.messages.dropped Expired"], seen["weir.mqtt.messages.dropped QueueFull"]));
    }

    [Fact]
    public async Task The_topics_changed_since_a_version_are_told_with_count_rate_and_last_value()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(20_000));
        await using var broker = await TestBroker.StartAsync(options => options.TrackedPayloadBytes = 4, time: time);
        await using var publisher = await broker.OpenAsync("publisher");
        await PublishAsync("a", "first", 1);
        await PublishAsync("b", "second", 1);
        var all = broker.Broker.GetTopicsChangedSince(0);
        Assert.Equal(["a", "b"], all.Topics.Select(t => t.Topic).Order());

        Assert.Empty(broker.Broker.GetTopicsChangedSince(all.Version).Topics);
        time.Advance(TimeSpan.FromSeconds(2));
        await PublishAsync("b", "123456", 3);
        var some = broker.Broker.GetTopicsChangedSince(all.Version);
        var b = Assert.Single(some.Topics);
        Assert.Equal(("b", 4L, 24L, 6, "1234"), (b.Topic, b.Messages, b.Bytes, b.LastPayloadSize, Encoding.UTF8.GetString(b.LastPayload.Span)));
        Assert.Equal(time.GetUtcNow(), DateTimeOffset.UnixEpoch.AddMicroseconds(b.LastTime));

        time.Advance(TimeSpan.FromSeconds(1));
        await PublishAsync("b", "7", 1);
        // Since the window began with the first of three: two of them, and one.
        Assert.Equal(3.0, Assert.Single(broker.Broker.GetTopicsChangedSince(some.Version).Topics).Rate, 6);
        time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(0.0, broker.Broker.GetTopicsChangedSince(0).Topics.Single(t => t.Topic == "b").Rate, 6);

        async Task PublishAsync(string topic, string payload, int times)
        {
            for (var i = 0; i < times; i++)
            {
                await publisher.PublishAsync(topic, payload, 1, 1);
                await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);
            }
        }
    }

    [Fact]
    public async Task The_payloads_of_topics_that_are_watched_are_kept_whole_as_far_as_they_may_be()
    {
        await using var broker = await TestBroker.StartAsync(options => (options.TrackedPayloadBytes, options.MaxWatchedBytes) = (4, 3_000));
        var whole = new string('x', 1_000);
        await broker.Broker.PublishAsync("watched/before", Encoding.UTF8.GetBytes(whole));

        broker.Broker.WatchPayloads([TopicFilter.Parse("watched/#")], 2_000);
        foreach (var topic in (string[])["watched/a", "watched/b", "other"]) await broker.Broker.PublishAsync(topic, Encoding.UTF8.GetBytes(whole));
        await broker.Broker.PublishAsync("watched/long", new byte[2_001]);

        var kept = broker.Broker.GetPayloadsChangedSince(0);
        // What is left of the bytes for all does not do for the last one.
        Assert.Equal([("watched/a", 1_000), ("watched/b", 1_000), ("watched/before", 4), ("watched/long", 4)],
            kept.Topics.Select(topic => (topic.Topic, topic.LastPayload.Length)).Order());
        Assert.Equal(2_001, kept.Topics.Single(topic => topic.Topic == "watched/long").LastPayloadSize);
        Assert.All(broker.Broker.GetTopicsChangedSince(0).Topics, topic => Assert.Equal(4, topic.LastPayload.Length));
        Assert.Empty(broker.Broker.GetPayloadsChangedSince(kept.Version).Topics);

        // What is not watched any more gives its bytes back.
        broker.Broker.WatchPayloads([TopicFilter.Parse("watched/long")], 2_000);
        await broker.Broker.PublishAsync("watched/long", new byte[2_001]);
        Assert.Equal(("watched/long", 2_000), broker.Broker.GetPayloadsChangedSince(0).Topics.Select(topic => (topic.Topic, topic.LastPayload.Length)).Single());
    }

    [Fact]
    public async Task No_more_topics_are_tracked_than_the_limit_and_messages_pass_all_the_same()
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxTrackedTopics = 10);
        await using var client = await broker.OpenAsync("client");
        await client.SubscribeAsync("#", 0);
        for (var i = 0; i < 100; i++)
        {
            await client.PublishAsync($"topic/{i}", $"{i}");
            var message = await client.ReceivePublishAsync();
            Assert.Equal(($"topic/{i}", $"{i}"), (message.Topic, message.Payload));
        }
        Assert.Equal(10, broker.Broker.GetStatistics().Topics);
        Assert.Contains(broker.Broker.GetTopicsChangedSince(0).Topics, t => t.Topic == "topic/99");
    }

    [Fact]
    public void A_change_is_never_missed_by_a_reader_that_asks_again_and_again()
    {
        var table = new TopicTable(100, 16);
        var topics = Enumerable.Range(0, 20).Select(i => table.GetOrAdd(Encoding.UTF8.GetBytes($"t{i}"))).ToArray();
        var seen = new long[topics.Length];
        var writers = Enumerable.Range(0, 2).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < 50_000; i++) table.Record(topics[(i * 7 + w) % topics.Length], 1, 0, default, 1);
        })).ToArray();
        long version = 0;
        for (var last = false; ;)
        {
            var changes = table.ChangedSince(version, 1);
            version = changes.Version;
            foreach (var topic in changes.Topics) seen[int.Parse(topic.Topic.AsSpan(1))] = topic.Messages;
            if (last) break;
            last = Task.WhenAll(writers).IsCompleted;
        }
        Assert.Equal(100_000, seen.Sum());
    }

    private sealed class OneMeter : IMeterFactory
    {
        public Meter? Made { get; private set; }

        public Meter Create(MeterOptions options) => Made = new Meter(options);

        public void Dispose() => Made?.Dispose();
    }
}
