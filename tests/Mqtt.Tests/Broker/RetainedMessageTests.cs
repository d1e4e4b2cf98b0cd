namespace Weir.Mqtt.Tests.Broker;

public sealed class RetainedMessageTests
{
    [Fact]
    public async Task A_subscriber_gets_the_last_retained_message_of_every_topic_that_matches()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var publisher = await broker.OpenAsync("publisher");
        foreach (var (topic, payload) in new[] { ("a/1", "old"), ("a/1", "new"), ("a/2/x", "two"), ("b", "b"), ("$a/1", "hidden"), ("a", "a") })
        {
            await publisher.PublishAsync(topic, payload, 1, 1, retain: true);
            await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);
        }
        await publisher.PublishAsync("a/1", "not retained", 1, 1);
        await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);

        Assert.Equal(["a/1=new", "a/2/x=two", "a=a"], await RetainedAsync(broker, "a/#"));
        Assert.Equal(["a/1=new"], await RetainedAsync(broker, "a/+"));
        Assert.Equal(["a/1=new", "a/2/x=two", "a=a", "b=b"], await RetainedAsync(broker, "#"));
        Assert.Equal(["a/1=new"], await RetainedAsync(broker, "+/1"));
        Assert.Equal(["$a/1=hidden"], await RetainedAsync(broker, "$a/+"));
        Assert.Equal(["b=b"], await RetainedAsync(broker, "b"));
        Assert.Empty(await RetainedAsync(broker, "$share/g/b"));
        Assert.Equal(5, broker.Broker.GetStatistics().RetainedMessages);
    }

    [Fact]
    public async Task An_empty_payload_removes_the_retained_message_and_is_delivered()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await client.PublishAsync("a", "kept", retain: true);
        await client.SubscribeAsync("a", 0);
        Assert.Equal(("kept", true), await PayloadAsync(client));
        await client.PublishAsync("a", "", retain: true);
        Assert.Equal(("", false), await PayloadAsync(client));
        Assert.Empty(await RetainedAsync(broker, "#"));
        Assert.Equal(0, broker.Broker.GetStatistics().RetainedMessages);
    }

    [Fact]
    public async Task Retain_handling_and_retain_as_published_do_what_they_say()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await client.PublishAsync("a", "kept", retain: true);

        await client.SubscribeAsync("a", 0, with: r => r with { RetainHandling = RetainHandling.DoNotSend });
        await client.PingAsync();
        await client.SubscribeAsync("a", 0, with: r => r with { RetainHandling = RetainHandling.SendIfNew });
        await client.PingAsync();
        await client.SendAsync(new UnsubscribePacket(2, [TopicFilter.Parse("a")]));
        await client.ReceiveAsync(PacketType.Unsuback);
        await client.SubscribeAsync("a", 0, with: r => r with { RetainHandling = RetainHandling.SendIfNew });
        Assert.Equal(("kept", true), await PayloadAsync(client));

        await client.SubscribeAsync("a", 0, with: r => r with { RetainAsPublished = true, RetainHandling = RetainHandling.DoNotSend });
        await client.PublishAsync("a", "new", retain: true);
        Assert.Equal(("new", true), await PayloadAsync(client));
    }

    [Fact]
    public async Task A_retained_message_too_many_is_delivered_and_counted_but_not_kept()
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxRetainedMessages = 1);
        await using var client = await broker.OpenAsync("client");
        await client.SubscribeAsync("#", 0);
        await client.PublishAsync("a", "1", retain: true);
        await client.PublishAsync("b", "2", retain: true);
        Assert.Equal(("1", false), await PayloadAsync(client));
        Assert.Equal(("2", false), await PayloadAsync(client));
        Assert.Equal(["a=1"], await RetainedAsync(broker, "#"));
        Assert.Equal(1, broker.Broker.GetStatistics().Dropped.RetainedFull);
    }

    [Fact]
    public async Task Retained_messages_hold_as_many_bytes_as_their_limit()
    {
        var payload = new string('x', 100);
        var size = RawConnection.PublishBytes(MqttVersion.V311, "a", payload, 1, 1).Length;
        await using var broker = await TestBroker.StartAsync(options => options.MaxRetainedBytes = 2 * size);
        await using var client = await broker.OpenAsync("client");
        foreach (var (topic, text) in new[] { ("a", payload), ("b", payload), ("c", payload), ("b", payload + "x"), ("b", ""), ("d", payload) })
        {
            await client.PublishAsync(topic, text, 1, 1, retain: true);
            await client.ReceiveAcknowledgementAsync(PacketType.Puback);
        }
        Assert.Equal([$"a={payload}", $"d={payload}"], await RetainedAsync(broker, "#"));
        Assert.Equal(2, broker.Broker.GetStatistics().Dropped.RetainedFull);
    }

    private static async Task<(string, bool)> PayloadAsync(RawConnection client)
    {
        var message = await client.ReceivePublishAsync();
        return (message.Payload, message.Retain);
    }

    private static async Task<List<string>> RetainedAsync(TestBroker broker, string filter)
    {
        await using var subscriber = await broker.OpenAsync("", MqttVersion.V5);
        await subscriber.SubscribeAsync("marker", 0);
        await subscriber.SendAsync(new SubscribePacket(9, [new SubscriptionRequest(TopicFilter.Parse(filter), QualityOfService.AtLeastOnce)]));
        await subscriber.SendAsync(0xC0, 0);
        var messages = new List<string>();
        while (await subscriber.ReceiveAsync() is { } frame)
        {
            // Answers overtake messages, but whatever the broker takes after PINGREQ is queued behind the retained messages.
            if (frame.Type == PacketType.Pingresp) await broker.Broker.PublishAsync("marker", default);
            if (frame.Type != PacketType.Publish) continue;
            var message = subscriber.ToPublish(frame);
            if (message.Topic == "marker") break;
            Assert.True(message.Retain);
            messages.Add($"{message.Topic}={message.Payload}");
        }
        messages.Sort(StringComparer.Ordinal);
        return messages;
    }
}
