using System.Text;

namespace Weir.Mqtt.Tests.Broker;

/// <summary>What an operator sees of the broker and can do to its clients.</summary>
public sealed class OperatorTests
{
    [Fact]
    public async Task A_client_is_shown_with_what_it_subscribes_and_what_waits_for_it()
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var away = await broker.OpenAsync("away", MqttVersion.V5, properties: new Properties { SessionExpiryInterval = 600 }))
        {
            await away.SubscribeAsync("a/+", 1, with: r => r with { NoLocal = true });
            await away.SubscribeAsync("$share/g/b", 2);
        }
        await Poll.UntilAsync(() => broker.Broker.GetClient("away") is { Status.IsConnected: false }, "the client has gone");
        await using var here = await broker.OpenAsync("here", keepAlive: 30);
        await here.PublishAsync("a/1", "12345", 1, 1);
        await here.ReceiveAsync(PacketType.Puback);

        var client = broker.Broker.GetClient("away")!;
        Assert.Equal([("$share/g/b", QualityOfService.ExactlyOnce, false), ("a/+", QualityOfService.AtLeastOnce, true)],
            client.Subscriptions.Select(s => (s.Filter, s.QoS, s.NoLocal)).OrderBy(s => s.Filter, StringComparer.Ordinal));
        Assert.Equal((1, false, null, TimeSpan.FromSeconds(600)), (
            client.Status.QueuedMessages, client.Status.IsConnected, client.Status.RemoteEndPoint, client.Status.SessionExpiry));
        Assert.True(client.Status.QueuedBytes > 5);
        var other = broker.Broker.GetClient("here")!.Status;
        Assert.Equal((true, MqttVersion.V311, 1, TimeSpan.FromSeconds(30)), (other.IsConnected, other.Version, (int)other.MessagesReceived, other.KeepAlive));
        Assert.Null(broker.Broker.GetClient("nobody"));
        Assert.Equal(2, broker.Broker.GetStatistics().Subscriptions);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_client_can_be_disconnected_with_or_without_its_session(bool endSession, bool present)
    {
        await using var broker = await TestBroker.StartAsync();
        var lasting = new Properties { SessionExpiryInterval = 600 };
        await using var client = await broker.OpenAsync("c", MqttVersion.V5, properties: lasting);
        Assert.True(broker.Broker.Disconnect("c", endSession));
        Assert.Equal(ReasonCode.AdministrativeAction, await client.ReceiveDisconnectAsync());
        await Poll.UntilAsync(() => broker.Broker.GetClient("c") is not { Status.IsConnected: true }, "the client has gone");
        await using var back = await broker.OpenAsync("c", MqttVersion.V5, clean: false, properties: lasting);
        Assert.Equal(present, back.Connack.SessionPresent);
        Assert.False(broker.Broker.Disconnect("nobody"));
    }

    [Fact]
    public async Task Drops_are_counted_by_client_and_cause()
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxQueuedMessages = 2);
        await using (var away = await broker.OpenAsync("away", MqttVersion.V5, properties: new Properties { SessionExpiryInterval = 600 })) await away.SubscribeAsync("a", 1);
        await Poll.UntilAsync(() => broker.Broker.GetClient("away") is { Status.IsConnected: false }, "the client has gone");
        await using var publisher = await broker.OpenAsync("p");
        for (ushort i = 1; i <= 5; i++) await publisher.PublishAsync("a", "x", 1, i);
        for (var i = 0; i < 5; i++) await publisher.ReceiveAsync(PacketType.Puback);
        Assert.Equal(3, broker.Broker.GetClient("away")!.Status.Dropped.QueueFull);
        Assert.Equal(0, broker.Broker.GetClient("p")!.Status.Dropped.Total);
        Assert.Equal(3, broker.Broker.GetStatistics().Dropped.QueueFull);
    }

    [Fact]
    public async Task The_rates_of_a_client_are_measured()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var broker = await TestBroker.StartAsync(time: time);
        await using var client = await broker.OpenAsync("c");
        await client.SubscribeAsync("a", 0);
        for (var i = 0; i < 8; i++) time.Advance(TimeSpan.FromMilliseconds(250));
        for (var i = 0; i < 100; i++) await client.PublishAsync("a", "x");
        for (var i = 0; i < 100; i++) await client.ReceivePublishAsync();
        await Poll.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            return broker.Broker.GetClient("c")!.Status is { ReceivedPerSecond: > 10, SentPerSecond: > 10 };
        }, "both rates are there");
    }

    [Fact]
    public async Task The_broker_tells_of_itself_on_sys_topics()
    {
        await using var broker = await TestBroker.StartAsync(o => o.SysInterval = TimeSpan.FromSeconds(1));
        await using var client = await broker.OpenAsync("c");
        string[] filters = ["$SYS/broker/clients/connected", "$SYS/broker/version"];
        await client.SendAsync(new SubscribePacket(1, [.. filters.Select(f => new SubscriptionRequest(TopicFilter.Parse(f), QualityOfService.AtMostOnce))]));
        // What is said just as the subscription is made may come before its SUBACK.
        var messages = new List<ReceivedPublish>();
        while (messages.Count < 4) messages.Add(await client.ReceivePublishAmongOthersAsync());
        Assert.Contains(messages, m => m is { Topic: "$SYS/broker/clients/connected", Payload: "1" });
        Assert.Contains(messages, m => m.Topic == "$SYS/broker/version" && m.Payload.StartsWith("Weir ", StringComparison.Ordinal));
        Assert.Equal(0, broker.Broker.GetStatistics().Topics);
    }

    [Fact]
    public async Task Sys_topics_can_be_left_out()
    {
        await using var broker = await TestBroker.StartAsync(o => o.SysInterval = TimeSpan.Zero);
        Assert.Equal(0, broker.Broker.GetStatistics().RetainedMessages);
        await using var client = await broker.OpenAsync("c");
        await client.SubscribeAsync("$SYS/#", 0);
        await client.PingAsync();
    }
}
