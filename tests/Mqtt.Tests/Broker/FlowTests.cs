namespace Weir.Mqtt.Tests.Broker;

public sealed class FlowTests
{
    [Theory]
    [InlineData(3, 100, 3)]
    [InlineData(100, 4, 4)]
    public async Task No_more_messages_are_on_their_way_than_client_and_broker_allow(int receiveMaximum, int maxInflight, int expected)
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxInflight = maxInflight);
        await using var subscriber = await broker.OpenAsync("subscriber", MqttVersion.V5, properties: new Properties { ReceiveMaximum = (ushort)receiveMaximum });
        await subscriber.SubscribeAsync("a", 1);
        await using var publisher = await broker.OpenAsync("publisher");
        for (ushort i = 1; i <= 20; i++) await publisher.PublishAsync("a", $"{i}", 1, i);
        await publisher.PingAfterAcknowledgementsAsync(20);

        var open = new Queue<ushort>();
        for (var i = 1; i <= expected; i++) open.Enqueue((await subscriber.ReceivePublishAsync()).Id);
        await subscriber.PingAsync();
        for (var i = expected + 1; i <= 20; i++)
        {
            await subscriber.AcknowledgeAsync(PacketType.Puback, open.Dequeue());
            var next = await subscriber.ReceivePublishAsync();
            Assert.Equal($"{i}", next.Payload);
            open.Enqueue(next.Id);
            await subscriber.PingAsync();
        }
    }

    [Fact]
    public async Task Sixty_six_thousand_messages_pass_through_a_window_whose_identifiers_come_round()
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxInflight = 500);
        await using var subscriber = await broker.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("a", 1);
        await using var publisher = await broker.OpenAsync("publisher");
        for (var sent = 0; sent < 66_000; sent += 500)
        {
            await publisher.SendAsync([.. Enumerable.Range(1, 500).SelectMany(i => RawConnection.PublishBytes(MqttVersion.V311, "a", $"{sent + i}", 1, (ushort)i))]);
            var identifiers = new ushort[500];
            for (var i = 0; i < 500; i++)
            {
                var message = await subscriber.ReceivePublishAsync();
                Assert.Equal($"{sent + i + 1}", message.Payload);
                identifiers[i] = message.Id;
            }
            await subscriber.SendAsync([.. identifiers.SelectMany(id => RawConnection.Bytes(new AcknowledgePacket(PacketType.Puback, id, 0), MqttVersion.V311))]);
            for (var i = 0; i < 500; i++) await publisher.ReceiveAsync(PacketType.Puback);
        }
        await subscriber.PingAsync();
        Assert.Equal(0, broker.Broker.GetClients().Single(c => c.ClientId == "subscriber").InflightMessages);
    }

    [Fact]
    public async Task A_publisher_that_exceeds_the_receive_maximum_is_disconnected()
    {
        var handler = new HeldHandler();
        await using var broker = await TestBroker.StartAsync(options => options.ReceiveMaximum = 3, handler);
        await using var within = await broker.OpenAsync("within", MqttVersion.V5);
        await using var beyond = await broker.OpenAsync("beyond", MqttVersion.V5);
        for (ushort i = 1; i <= 3; i++) await within.PublishAsync("a", "x", 1, i);
        for (ushort i = 1; i <= 4; i++) await beyond.PublishAsync("a", "x", 2, i);
        await within.PingAsync();
        handler.Release();
        Assert.Equal(ReasonCode.ReceiveMaximumExceeded, await DisconnectedAsync(beyond));
        for (var i = 0; i < 3; i++) await within.ReceiveAsync(PacketType.Puback);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_subscriber_that_does_not_read_costs_only_its_own_queue(int qos)
    {
        const int count = 3000;
        await using var broker = await TestBroker.StartAsync(options => options.MaxQueuedMessages = 100);
        await using var stuck = await broker.OpenAsync("stuck");
        await stuck.SubscribeAsync("a", qos);
        await using var reader = await broker.OpenAsync("reader");
        await reader.SubscribeAsync("a", qos);
        await using var publisher = await broker.OpenAsync("publisher");
        var payload = new string('x', 5000);
        for (var i = 1; i <= count; i++)
        {
            await publisher.PublishAsync("a", $"{i} {payload}", qos, (ushort)i);
            if (qos == 1) await publisher.ReceiveAcknowledgementAsync(PacketType.Puback);
            var received = await reader.ReceivePublishAsync();
            Assert.StartsWith($"{i} ", received.Payload, StringComparison.Ordinal);
            if (qos == 1) await reader.AcknowledgeAsync(PacketType.Puback, received.Id);
        }
        // What the sockets between hold is out of the broker's hands; the rest is queued or dropped.
        Assert.InRange(broker.Broker.GetStatistics().Dropped.QueueFull, 1, count - 100);
        Assert.Equal(100, broker.Broker.GetClients().Single(c => c.ClientId == "stuck").QueuedMessages);
    }

    [Fact]
    public async Task A_message_larger_than_the_client_takes_is_left_out_and_counted()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.OpenAsync("client", MqttVersion.V5, properties: new Properties { MaximumPacketSize = 100 });
        await client.SubscribeAsync("a", 1);
        var fits = new string('x', 100 - RawConnection.PublishBytes(MqttVersion.V5, "a", "", 1, 1).Length);
        await using var publisher = await broker.OpenAsync("publisher");
        await publisher.PublishAsync("a", fits + "x", 1, 1);
        await publisher.PublishAsync("a", fits, 1, 2);
        Assert.Equal(fits, (await client.ReceivePublishAsync()).Payload);
        Assert.Equal(1, broker.Broker.GetStatistics().Dropped.PacketTooLarge);
    }

    [Fact]
    public async Task A_QoS_2_message_that_is_repeated_is_delivered_once()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("a", 2);
        await using (var first = await broker.OpenAsync("publisher", clean: false))
        {
            await first.PublishAsync("a", "once", 2, 9);
            await first.ReceiveAcknowledgementAsync(PacketType.Pubrec);
            await first.PublishAsync("a", "once", 2, 9, duplicate: true);
            await first.ReceiveAcknowledgementAsync(PacketType.Pubrec);
        }
        await using var again = await broker.OpenAsync("publisher", clean: false);
        await again.PublishAsync("a", "once", 2, 9, duplicate: true);
        await again.ReceiveAcknowledgementAsync(PacketType.Pubrec);
        await again.AcknowledgeAsync(PacketType.Pubrel, 9);
        await again.ReceiveAcknowledgementAsync(PacketType.Pubcomp);
        await again.PublishAsync("a", "another", 2, 9);

        var delivered = await subscriber.ReceivePublishAsync();
        Assert.Equal(("once", 2), (delivered.Payload, delivered.QoS));
        Assert.Equal("another", (await subscriber.ReceivePublishAsync()).Payload);
    }

    private static async Task<ReasonCode> DisconnectedAsync(RawConnection connection)
    {
        while (await connection.ReceiveAsync() is { } frame)
        {
            if (frame.Type == PacketType.Disconnect) return DisconnectPacket.Read(frame, MqttVersion.V5).Reason;
        }
        throw new InvalidOperationException("The connection ended without DISCONNECT.");
    }
}
