using Microsoft.Extensions.Time.Testing;

namespace Weir.Mqtt.Tests.Broker;

public sealed class MessagePropertyTests
{
    [Fact]
    public async Task All_properties_reach_an_MQTT_5_subscriber_unaltered()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await client.SubscribeAsync("a", 0);
        var properties = new Properties { PayloadFormatIndicator = 1, ContentType = "text/plain", ResponseTopic = "answers", CorrelationData = [1, 2, 3] };
        properties.UserProperties.AddRange([new UserProperty("b", "1"), new UserProperty("a", "2"), new UserProperty("b", "3")]);
        await client.PublishAsync("a", "x", properties: properties);

        var received = (await client.ReceivePublishAsync()).Properties;
        Assert.Equal((true, "text/plain", "answers"), (received.PayloadIsText, received.ContentType, received.ResponseTopic));
        Assert.Equal([1, 2, 3], received.CorrelationData!.Value.ToArray());
        Assert.Equal(properties.UserProperties, received.UserProperties);
    }

    [Fact]
    public async Task A_topic_alias_stands_for_its_topic_on_its_own_connection_and_is_not_passed_on()
    {
        await using var broker = await TestBroker.StartAsync(options => options.TopicAliasMaximum = 2);
        await using var subscriber = await broker.OpenAsync("subscriber", MqttVersion.V5);
        await subscriber.SubscribeAsync("#", 1);
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5);
        var second = new Properties { TopicAlias = 2, ContentType = "c" };
        await publisher.PublishAsync("first", "1", 1, 1, properties: new Properties { TopicAlias = 1 });
        await publisher.PublishAsync("second", "2", 1, 2, properties: second);
        await publisher.PublishAsync("", "3", 1, 3, properties: new Properties { TopicAlias = 1 });
        await publisher.PublishAsync("", "4", 1, 4, properties: second);
        foreach (var (topic, payload, content) in new[] { ("first", "1", null), ("second", "2", "c"), ("first", "3", null), ("second", "4", "c") })
        {
            var message = await subscriber.ReceivePublishAsync();
            Assert.Equal((topic, payload, content), (message.Topic, message.Payload, message.Properties.ContentType));
        }

        await using var stranger = await broker.OpenAsync("stranger", MqttVersion.V5);
        await stranger.PublishAsync("", "x", properties: new Properties { TopicAlias = 1 });
        Assert.Equal(ReasonCode.ProtocolError, await stranger.ReceiveDisconnectAsync());
        await using var greedy = await broker.OpenAsync("greedy", MqttVersion.V5);
        await greedy.PublishAsync("a", "x", properties: new Properties { TopicAlias = 3 });
        Assert.Equal(ReasonCode.TopicAliasInvalid, await greedy.ReceiveDisconnectAsync());
    }

    [Fact]
    public async Task A_message_that_waited_carries_the_rest_of_its_expiry_interval_and_one_too_old_is_dropped()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(time: time);
        var lasting = new Properties { SessionExpiryInterval = 1000 };
        await using (var subscriber = await broker.OpenAsync("subscriber", MqttVersion.V5, clean: false, properties: lasting)) await subscriber.SubscribeAsync("a", 1);
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 0, "the subscriber is away");
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5);
        foreach (var seconds in new uint[] { 10, 30 })
        {
            await publisher.PublishAsync("a", $"{seconds}", 1, 1, retain: true, properties: new Properties { MessageExpiryInterval = seconds });
            await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);
        }

        time.Advance(TimeSpan.FromSeconds(10));
        await using var again = await broker.OpenAsync("subscriber", MqttVersion.V5, clean: false, properties: lasting);
        var message = await again.ReceivePublishAsync();
        Assert.Equal(("30", TimeSpan.FromSeconds(20)), (message.Payload, message.Properties.MessageExpiryInterval));
        Assert.Equal(1, broker.Broker.GetStatistics().Dropped.Expired);

        time.Advance(TimeSpan.FromSeconds(20));
        await using var late = await broker.OpenAsync("late", MqttVersion.V5);
        await late.SubscribeAsync("a", 0);
        await late.PingAsync();
    }

    [Fact]
    public async Task A_client_s_PUBLISH_must_not_carry_a_subscription_identifier()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        var properties = new Properties();
        properties.SubscriptionIdentifiers.Add(1);
        await client.PublishAsync("a", "x", properties: properties);
        Assert.Equal(ReasonCode.ProtocolError, await client.ReceiveDisconnectAsync());
    }
}
