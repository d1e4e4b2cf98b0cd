namespace Weir.Mqtt.Tests.Broker;

public sealed class SubscriptionTests
{
    [Fact]
    public async Task Overlapping_subscriptions_bring_one_copy_with_the_highest_qos_and_all_identifiers()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await client.SubscribeAsync("a/#", 0, identifier: 3);
        await client.SubscribeAsync("a/+", 1, identifier: 200);
        await client.SubscribeAsync("#", 0);
        await client.PublishAsync("a/b", "once", 1, 5);

        var frames = new[] { await client.ReceiveAsync(), await client.ReceiveAsync() };
        var message = client.ToPublish(frames.Single(f => f!.Type == PacketType.Publish)!);
        Assert.Equal((1, "once"), (message.QoS, message.Payload));
        Assert.Equal([3, 200], message.Identifiers.Order());
        await client.PingAsync();
    }

    [Fact]
    public async Task A_new_subscription_of_the_same_filter_takes_the_place_of_the_old_one()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await client.SubscribeAsync("a", 1, identifier: 1);
        await client.SubscribeAsync("a", 0, identifier: 2);
        await client.PublishAsync("a", "x", 0);
        var message = await client.ReceivePublishAsync();
        Assert.Equal([2], message.Identifiers);
        await client.PingAsync();
    }

    [Fact]
    public async Task UNSUBSCRIBE_ends_a_subscription_and_tells_whether_there_was_one()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await client.SubscribeAsync("a", 1);
        await client.SendAsync(new UnsubscribePacket(7, [TopicFilter.Parse("b"), TopicFilter.Parse("a")]));
        var answer = SubackPacket.Read(await client.ReceiveAsync(PacketType.Unsuback), MqttVersion.V5);
        Assert.Equal(7, answer.PacketIdentifier);
        Assert.Equal([ReasonCode.NoSubscriptionExisted, ReasonCode.Success], answer.Reasons);
        await client.PublishAsync("a", "x");
        await client.PingAsync();
    }

    [Fact]
    public async Task No_local_keeps_a_client_s_own_messages_from_it()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await using var other = await broker.OpenAsync("other", MqttVersion.V5);
        await client.SubscribeAsync("a", 0, with: r => r with { NoLocal = true });
        await client.PublishAsync("a", "own");
        await client.PingAsync();
        await other.PublishAsync("a", "other's");
        Assert.Equal("other's", (await client.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public async Task A_shared_subscription_gives_each_message_to_one_member_in_turn()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var publisher = await broker.OpenAsync("publisher");
        var members = new[] { await broker.OpenAsync("1"), await broker.OpenAsync("2"), await broker.OpenAsync("3") };
        foreach (var member in members) await member.SubscribeAsync("$share/group/a/#", 1);

        for (ushort i = 1; i <= 9; i++) await publisher.PublishAsync("a/b", $"{i}", 1, i);
        var received = new List<string>();
        foreach (var member in members)
        {
            for (var i = 0; i < 3; i++) received.Add((await member.ReceivePublishAsync()).Payload);
            await member.PingAsync();
        }
        Assert.Equal(Enumerable.Range(1, 9).Select(i => $"{i}"), received.Order());

        await members[0].DisposeAsync();
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 3, "a member has left");
        for (ushort i = 1; i <= 4; i++) await publisher.PublishAsync("a/b", "again", 1, i);
        for (var i = 0; i < 2; i++)
        {
            await members[1].ReceivePublishAsync();
            await members[2].ReceivePublishAsync();
        }
        await members[1].DisposeAsync();
        await members[2].DisposeAsync();
    }

    [Fact]
    public async Task A_subscription_beyond_a_limit_is_refused_and_the_others_stand()
    {
        await using var broker = await TestBroker.StartAsync(options =>
            (options.MaxSubscriptionsPerSession, options.MaxTopicLength, options.MaxTopicLevels) = (2, 10, 3));
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        Assert.Equal([ReasonCode.TopicFilterInvalid], await client.SubscribeAsync("a/b/c/#", 0));
        Assert.Equal([ReasonCode.TopicFilterInvalid], await client.SubscribeAsync("12345678901", 0));
        Assert.Equal([ReasonCode.Success], await client.SubscribeAsync("a/b/#", 0));
        Assert.Equal([ReasonCode.GrantedQoS1], await client.SubscribeAsync("1234567890", 1));
        Assert.Equal([ReasonCode.QuotaExceeded], await client.SubscribeAsync("c", 0));
        Assert.Equal([ReasonCode.GrantedQoS1], await client.SubscribeAsync("a/b/#", 1));

        await using var old = await broker.OpenAsync("old");
        Assert.Equal([(ReasonCode)0x80], await old.SubscribeAsync("a/b/c/#", 0));
    }
}
