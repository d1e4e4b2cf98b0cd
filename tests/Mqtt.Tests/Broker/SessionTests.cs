using Microsoft.Extensions.Time.Testing;

namespace Weir.Mqtt.Tests.Broker;

public sealed class SessionTests
{
    private static readonly Properties Lasting = new() { SessionExpiryInterval = 1000 };

    [Theory]
    [InlineData((int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V5)]
    public async Task A_lasting_session_gets_what_was_published_while_its_client_was_away(int version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var publisher = await broker.OpenAsync("publisher");
        await using (var subscriber = await OpenLastingAsync(broker, (MqttVersion)version))
        {
            Assert.False(subscriber.Connack.SessionPresent);
            await subscriber.SubscribeAsync("a/#", 1);
        }
        await UntilOfflineAsync(broker, "lasting");

        for (ushort i = 1; i <= 50; i++) await publisher.PublishAsync("a/b", $"{i}", qos: i % 2, id: i);
        await publisher.PingAfterAcknowledgementsAsync(25);

        await using var again = await OpenLastingAsync(broker, (MqttVersion)version);
        Assert.True(again.Connack.SessionPresent);
        for (var i = 1; i <= 50; i += 2) Assert.Equal($"{i}", (await again.ReceivePublishAsync()).Payload);
        await again.PingAsync();
    }

    [Fact]
    public async Task Unacknowledged_messages_are_sent_again_in_order_with_DUP_and_their_identifiers()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var publisher = await broker.OpenAsync("publisher");
        var identifiers = new List<ushort>();
        await using (var subscriber = await OpenLastingAsync(broker, MqttVersion.V311))
        {
            await subscriber.SubscribeAsync("a", 2);
            for (ushort i = 1; i <= 6; i++) await publisher.PublishAsync("a", $"{i}", qos: i < 6 ? 1 : 2, id: i);
            for (var i = 1; i <= 6; i++) identifiers.Add((await subscriber.ReceivePublishAsync()).Id);
            await subscriber.AcknowledgeAsync(PacketType.Puback, identifiers[0]);
            await subscriber.AcknowledgeAsync(PacketType.Puback, identifiers[2]);
            await subscriber.AcknowledgeAsync(PacketType.Pubrec, identifiers[5]);
            Assert.Equal(identifiers[5], (await subscriber.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
        }
        await UntilOfflineAsync(broker, "lasting");

        await using var again = await OpenLastingAsync(broker, MqttVersion.V311);
        foreach (var expected in new[] { 2, 4, 5 })
        {
            var repeated = await again.ReceivePublishAsync();
            Assert.Equal(($"{expected}", identifiers[expected - 1], true), (repeated.Payload, repeated.Id, repeated.Duplicate));
            await again.AcknowledgeAsync(PacketType.Puback, repeated.Id);
        }
        // PUBREC had come before: only PUBREL is repeated.
        Assert.Equal(identifiers[5], (await again.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
        await again.AcknowledgeAsync(PacketType.Pubcomp, identifiers[5]);
        await again.PingAsync();
        Assert.Equal(0, broker.Broker.GetClients().Single(c => c.ClientId == "lasting").InflightMessages);
    }

    [Fact]
    public async Task A_clean_start_discards_the_session()
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var first = await OpenLastingAsync(broker, MqttVersion.V5)) await first.SubscribeAsync("a", 1);
        await UntilOfflineAsync(broker, "lasting");
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5);
        await publisher.PublishAsync("a", "x", 1, 1);
        await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);

        await using var clean = await broker.OpenAsync("lasting", MqttVersion.V5, clean: true, properties: Lasting);
        Assert.False(clean.Connack.SessionPresent);
        await publisher.PublishAsync("a", "y", 1, 2);
        await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);
        await clean.PingAsync();
        Assert.Equal(1, broker.Broker.GetStatistics().Dropped.SessionEnded);
    }

    [Fact]
    public async Task A_session_of_no_expiry_ends_with_its_connection()
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var first = await broker.OpenAsync("brief", MqttVersion.V5)) await first.SubscribeAsync("a", 1);
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Sessions == 0, "the session has ended");
        await using var again = await broker.OpenAsync("brief", MqttVersion.V5, clean: false);
        Assert.False(again.Connack.SessionPresent);
    }

    [Fact]
    public async Task A_session_ends_when_its_expiry_interval_has_passed_and_no_sooner()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(time: time);
        await using (var first = await broker.OpenAsync("a", MqttVersion.V5, clean: false, properties: new Properties { SessionExpiryInterval = 20 })) { }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 0, "the connection has ended");

        time.Advance(TimeSpan.FromSeconds(19));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(1, broker.Broker.GetStatistics().Sessions);
        await Poll.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return broker.Broker.GetStatistics().Sessions == 0;
        }, "the session has expired");
    }

    [Fact]
    public async Task DISCONNECT_may_change_the_expiry_but_not_from_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var shortened = await OpenLastingAsync(broker, MqttVersion.V5))
        {
            await shortened.SendAsync(new DisconnectPacket(ReasonCode.Success) { Properties = new Properties { SessionExpiryInterval = 0 } });
            await shortened.AssertClosedAsync();
        }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Sessions == 0, "the session has ended");

        await using var brief = await broker.OpenAsync("brief", MqttVersion.V5);
        await brief.SendAsync(new DisconnectPacket(ReasonCode.Success) { Properties = new Properties { SessionExpiryInterval = 9 } });
        Assert.Equal(ReasonCode.ProtocolError, await brief.ReceiveDisconnectAsync());
    }

    [Theory]
    [InlineData((int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V5)]
    public async Task A_second_connection_takes_the_session_over_from_the_first(int version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var first = await OpenLastingAsync(broker, (MqttVersion)version);
        await first.SubscribeAsync("a", 1);
        await using var second = await OpenLastingAsync(broker, (MqttVersion)version);
        Assert.True(second.Connack.SessionPresent);
        if (version == (int)MqttVersion.V5) Assert.Equal(ReasonCode.SessionTakenOver, await first.ReceiveDisconnectAsync());
        else await first.AssertClosedAsync();

        await using var publisher = await broker.OpenAsync("publisher");
        await publisher.PublishAsync("a", "for the second", 1, 1);
        Assert.Equal("for the second", (await second.ReceivePublishAsync()).Payload);
        Assert.Equal(2, broker.Broker.GetStatistics().Sessions);
    }

    [Theory]
    [InlineData(QueueOverflow.DropNewest, 1)]
    [InlineData(QueueOverflow.DropOldest, 3)]
    public async Task A_queue_holds_as_many_messages_as_its_limit_and_counts_what_it_drops(QueueOverflow overflow, int firstKept)
    {
        await using var broker = await TestBroker.StartAsync(options => (options.MaxQueuedMessages, options.QueueOverflow) = (8, overflow));
        await FillAndCheckAsync(broker, count: 10, firstKept, kept: 8, payload: "");
    }

    [Fact]
    public async Task A_queue_holds_as_many_bytes_as_its_limit()
    {
        var payload = new string('x', 300);
        var size = RawConnection.PublishBytes(MqttVersion.V311, "a", "1" + payload, 1, 1).Length;
        await using var broker = await TestBroker.StartAsync(options => options.MaxQueuedBytes = 5 * size);
        await FillAndCheckAsync(broker, count: 7, firstKept: 1, kept: 5, payload);
    }

    private static async Task FillAndCheckAsync(TestBroker broker, int count, int firstKept, int kept, string payload)
    {
        await using (var subscriber = await OpenLastingAsync(broker, MqttVersion.V311)) await subscriber.SubscribeAsync("a", 1);
        await UntilOfflineAsync(broker, "lasting");
        await using var publisher = await broker.OpenAsync("publisher");
        for (var i = 1; i <= count; i++)
        {
            await publisher.PublishAsync("a", $"{i}{payload}", 1, (ushort)i);
            await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);
        }
        Assert.Equal(count - kept, broker.Broker.GetStatistics().Dropped.QueueFull);

        await using var again = await OpenLastingAsync(broker, MqttVersion.V311);
        for (var i = firstKept; i < firstKept + kept; i++) Assert.Equal($"{i}{payload}", (await again.ReceivePublishAsync()).Payload);
        await again.PingAsync();
    }

    private static Task<RawConnection> OpenLastingAsync(TestBroker broker, MqttVersion version) =>
        broker.OpenAsync("lasting", version, clean: false, properties: version == MqttVersion.V5 ? Lasting : null);

    private static Task UntilOfflineAsync(TestBroker broker, string clientId) =>
        Poll.UntilAsync(() => broker.Broker.GetClients().All(c => c.ClientId != clientId || !c.IsConnected), $"{clientId} is offline");
}
