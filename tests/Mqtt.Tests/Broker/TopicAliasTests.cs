using System.Text;

namespace Weir.Mqtt.Tests.Broker;

/// <summary>Topic aliases towards subscribers.</summary>
public sealed class TopicAliasTests
{
    [Fact]
    public async Task Our_client_reads_topics_by_their_alias_over_a_reconnect_too()
    {
        await using var broker = await TestBroker.StartAsync(o => o.OutboundTopicAliasMaximum = 3);
        await using var client = await TestBroker.ConnectAsync(broker.Options("c") with
        {
            TopicAliasMaximum = 2, SessionExpiry = TimeSpan.FromMinutes(1), Reconnect = new MqttReconnect(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50)),
        });
        var got = new List<string>();
        await client.SubscribeAsync("plant/#", QualityOfService.AtLeastOnce, (message, _) =>
        {
            lock (got) got.Add(message.Topic);
            return default;
        }, TestContext.Current.CancellationToken);
        string[] topics = ["plant/one", "plant/two", "plant/three", "plant/one", "plant/two"];
        for (var round = 1; round <= 2; round++)
        {
            foreach (var topic in topics) await broker.Broker.PublishAsync(topic, "x"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
            await Poll.UntilAsync(() => { lock (got) return got.Count >= topics.Length * round; }, "all have come");
            if (round == 1) broker.Broker.Disconnect("c");
            await Poll.UntilAsync(() => client.IsConnected && broker.Broker.GetClient("c") is { Status.IsConnected: true }, "the client is back");
        }
        Assert.Equal([.. topics, .. topics], got);
    }

    [Theory]
    [InlineData(QualityOfService.AtMostOnce)]
    [InlineData(QualityOfService.AtLeastOnce)]
    [InlineData(QualityOfService.ExactlyOnce)]
    public async Task An_alias_leaves_payload_and_properties_as_they_are(QualityOfService qos)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5, properties: new Properties { TopicAliasMaximum = 5 });
        await subscriber.SubscribeAsync("a/long/topic", (int)qos, identifier: 200);
        await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
        for (ushort i = 1; i <= 3; i++)
        {
            var properties = new Properties { ContentType = "text/plain", MessageExpiryInterval = 100 };
            await publisher.PublishAsync("a/long/topic", $"payload {i}", (int)qos, qos == 0 ? (ushort)0 : i, properties: properties);
            var message = await subscriber.ReceivePublishAsync();
            Assert.Equal((i == 1 ? "a/long/topic" : "", $"payload {i}", (int)qos, "text/plain", TimeSpan.FromSeconds(100)), (
                message.Topic, message.Payload, message.QoS, message.Properties.ContentType, message.Properties.MessageExpiryInterval));
            Assert.Equal([200], message.Identifiers);
        }
    }

    [Fact]
    public async Task No_alias_is_set_where_the_packet_would_become_too_large_by_it()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5, properties: new Properties { TopicAliasMaximum = 5, MaximumPacketSize = 40 });
        await subscriber.SubscribeAsync("long/topic", 0);
        await using var publisher = await broker.OpenAsync("p");
        await publisher.PublishAsync("long/topic", new string('x', 25));
        await publisher.PublishAsync("long/topic", "short");
        await publisher.PublishAsync("long/topic", "short");
        Assert.Equal("long/topic", (await subscriber.ReceivePublishAsync()).Topic);
        Assert.Equal("long/topic", (await subscriber.ReceivePublishAsync()).Topic);
        Assert.Equal("", (await subscriber.ReceivePublishAsync()).Topic);
    }
}
