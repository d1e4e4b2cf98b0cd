using Microsoft.Extensions.Time.Testing;
using System.Text;

namespace Weir.Mqtt.Tests.Broker;

public sealed class PublishHandlerTests
{
    [Theory]
    [InlineData((int)MqttVersion.V311, 1)]
    [InlineData((int)MqttVersion.V5, 1)]
    [InlineData((int)MqttVersion.V5, 2)]
    public async Task Puback_is_sent_only_after_the_handler_has_accepted(int version, int qos)
    {
        var handler = new HeldHandler();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var subscriber = await broker.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("a", 1);
        await using var publisher = await broker.OpenAsync("publisher", (MqttVersion)version);
        await publisher.PublishAsync("a", "x", qos, 5);
        await Poll.UntilAsync(() => handler.Payloads.Count == 1, "the handler has the message");

        // PINGRESP comes, PUBACK and the message do not.
        await publisher.PingAsync();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        await publisher.PingAsync();
        await subscriber.PingAsync();
        handler.Release();
        await publisher.ReceiveAcknowledgementAsync(qos == 1 ? PacketType.Puback : PacketType.Pubrec);
        Assert.Equal("x", (await subscriber.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public async Task A_client_that_the_handler_holds_back_is_not_taken_for_silent()
    {
        var time = new FakeTimeProvider();
        var handler = new HeldHandler();
        await using var broker = await TestBroker.StartAsync(o => o.MaxBatchesInFlight = 1, handler: handler, time: time);
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5, keepAlive: 10);
        await using var silent = await broker.OpenAsync("silent", MqttVersion.V5, keepAlive: 10);
        await publisher.PublishAsync("a", "1", 1, 1);
        await Poll.UntilAsync(() => handler.Batches == 1, "the handler has the first");
        // There is no place for the second: the client is not read, and so neither are its PINGREQ.
        await publisher.PublishAsync("a", "2", 1, 2);
        await publisher.SendAsync(0xC0, 0);
        await Poll.UntilAsync(() => broker.Broker.GetClient("publisher")!.Status.MessagesReceived == 2, "the second waits");

        var ended = silent.ReceiveDisconnectAsync();
        while (!ended.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        Assert.Equal(ReasonCode.KeepAliveTimeout, await ended);
        handler.Release();
        var answers = new List<PacketType>();
        for (var i = 0; i < 3; i++) answers.Add((await publisher.ReceiveAsync())!.Type);
        Assert.Equal([PacketType.Puback, PacketType.Puback, PacketType.Pingresp], answers.Order());
    }

    [Fact]
    public async Task The_handler_gets_what_came_together_as_one_batch_with_all_that_was_sent()
    {
        PublishBatch? seen = null;
        string? texts = null;
        var handler = new HeldHandler
        {
            Then = batch =>
            {
                seen = batch;
                Assert.Equal("publisher", batch.ClientId);
                texts = string.Join(' ', batch.Messages.ToArray().Select(m =>
                    $"{m.Topic.Name}[{string.Join('|', m.Topic.Levels)}]={Encoding.UTF8.GetString(m.Payload.Span)}:{(int)m.QoS}{(m.Retain ? "r" : "")}{(m.Duplicate ? "d" : "")}"));
                Assert.Same(batch.Messages[0].Topic, batch.Messages[2].Topic);
                Assert.Equal("text/plain", batch.Messages[1].ReadProperties().ContentType);
                Assert.Equal(new UserProperty("k", "v"), Assert.Single(batch.Messages[1].ReadProperties().UserProperties));
                var age = DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch - TimeSpan.FromMicroseconds(batch.Messages[0].Timestamp);
                Assert.InRange(age, TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(1));
                return default;
            },
        };
        handler.Release();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5);
        var properties = new Properties { ContentType = "text/plain", TopicAlias = 4 };
        properties.UserProperties.Add(new UserProperty("k", "v"));
        await publisher.SendAsync([
            .. RawConnection.PublishBytes(MqttVersion.V5, "a/b", "one", 1, 1),
            .. RawConnection.PublishBytes(MqttVersion.V5, "c", "two", 1, 2, retain: true, properties: properties),
            .. RawConnection.PublishBytes(MqttVersion.V5, "a/b", "three", 2, 3, duplicate: true),
            .. RawConnection.PublishBytes(MqttVersion.V5, "", "four", 0, 0, properties: new Properties { TopicAlias = 4 }),
        ]);
        for (ushort i = 1; i <= 3; i++)
        {
            var answer = AcknowledgePacket.Read((await publisher.ReceiveAsync())!, MqttVersion.V5);
            Assert.Equal((i, ReasonCode.Success), (answer.PacketIdentifier, answer.Reason));
        }
        Assert.Equal("a/b[a|b]=one:1 c[c]=two:1r a/b[a|b]=three:2d c[c]=four:0", texts);
        Assert.NotNull(seen);
    }

    [Fact]
    public async Task Batches_overlap_in_the_handler_up_to_the_limit_and_are_taken_up_in_order()
    {
        var gates = Enumerable.Range(0, 10).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var handler = new GatedHandler(gates);
        await using var broker = await TestBroker.StartAsync(options => options.MaxBatchesInFlight = 3, handler);
        await using var subscriber = await broker.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("a", 0);
        await using var publisher = await broker.OpenAsync("publisher");
        for (ushort i = 1; i <= 5; i++)
        {
            await publisher.PublishAsync("a", $"{i}", 1, i);
            if (i <= 3) await Poll.UntilAsync(() => handler.Held == i, $"the handler holds {i} batches");
        }
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(3, handler.Held);

        gates[2].SetResult();
        gates[1].SetResult();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        await subscriber.PingAsync();
        foreach (var gate in gates) gate.TrySetResult();
        for (ushort i = 1; i <= 5; i++)
        {
            Assert.Equal(i, (await publisher.ReceiveAcknowledgementAsync(PacketType.Puback)).PacketIdentifier);
            Assert.Equal($"{i}", (await subscriber.ReceivePublishAsync()).Payload);
        }
    }

    [Theory]
    [InlineData(false, ReasonCode.UnspecifiedError)]
    [InlineData(true, ReasonCode.QuotaExceeded)]
    public async Task A_failed_handler_is_told_in_PUBACK_and_nothing_is_delivered(bool named, ReasonCode expected)
    {
        var handler = new HeldHandler { Then = _ => throw (named ? new MqttException(ReasonCode.QuotaExceeded, "Full.") : new IOException("Disk.")) };
        handler.Release();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var client = await broker.OpenAsync("client", MqttVersion.V5);
        await client.SubscribeAsync("a", 1);
        await client.PublishAsync("a", "x", 1, 5, retain: true);
        Assert.Equal(new AcknowledgePacket(PacketType.Puback, 5, expected), await client.ReceiveAcknowledgementAsync(PacketType.Puback));
        await client.PublishAsync("a", "x", 2, 6);
        Assert.Equal(new AcknowledgePacket(PacketType.Pubrec, 6, expected), await client.ReceiveAcknowledgementAsync(PacketType.Pubrec));
        await client.PublishAsync("a", "x");
        await client.PingAsync();
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Dropped.HandlerFailed == 3, "all three are counted");
        Assert.Equal(0, broker.Broker.GetStatistics().RetainedMessages);
        Assert.Equal(0, broker.Broker.GetStatistics().MessagesSent);
    }

    [Fact]
    public async Task A_failed_handler_ends_an_MQTT_3_1_1_connection_without_PUBACK_and_no_other()
    {
        var handler = new HeldHandler { Then = _ => throw new IOException("The disk is gone.") };
        handler.Release();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var other = await broker.OpenAsync("other");
        await using var client = await broker.OpenAsync("client");
        await client.PublishAsync("a", "x", 1, 5);
        await client.AssertClosedAsync();
        await other.PingAsync();
    }

    [Fact]
    public async Task A_rejected_message_is_told_and_left_out_and_its_neighbours_are_not()
    {
        var handler = new HeldHandler
        {
            Then = batch =>
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    if (batch.Messages[i].Topic.Name == "bad") batch.Reject(i, ReasonCode.QuotaExceeded);
                }
                return default;
            },
        };
        handler.Release();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var subscriber = await broker.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("#", 0);
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5);
        foreach (var round in new[] { "first", "second" })
        {
            await publisher.SendAsync([
                .. RawConnection.PublishBytes(MqttVersion.V5, "good", $"{round} 1", 1, 1),
                .. RawConnection.PublishBytes(MqttVersion.V5, "bad", "2", 1, 2),
                .. RawConnection.PublishBytes(MqttVersion.V5, "good", $"{round} 3", 1, 3),
            ]);
            foreach (var expected in new[] { ReasonCode.Success, ReasonCode.QuotaExceeded, ReasonCode.Success })
            {
                Assert.Equal(expected, (await publisher.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
            }
            Assert.Equal($"{round} 1", (await subscriber.ReceivePublishAsync()).Payload);
            Assert.Equal($"{round} 3", (await subscriber.ReceivePublishAsync()).Payload);
        }
        Assert.Equal(2, broker.Broker.GetStatistics().Dropped.Rejected);
    }

    [Fact]
    public async Task What_was_sent_just_before_the_end_of_a_connection_is_accepted_all_the_same()
    {
        var handler = new HeldHandler();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var subscriber = await broker.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("a", 0);
        await using (var publisher = await broker.OpenAsync("publisher"))
        {
            await publisher.SendAsync([.. RawConnection.PublishBytes(MqttVersion.V311, "a", "last", 0), 0xE0, 0]);
        }
        await Poll.UntilAsync(() => handler.Payloads.Count == 1, "the handler has the message");
        handler.Release();
        Assert.Equal("last", (await subscriber.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public async Task A_message_of_the_broker_s_own_process_goes_through_the_handler_too()
    {
        var handler = new HeldHandler();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var subscriber = await broker.OpenAsync("subscriber", MqttVersion.V5);
        await subscriber.SubscribeAsync("a", 2);
        var published = broker.Broker.PublishAsync("a", "own"u8.ToArray(), retain: true, cancellationToken: TestContext.Current.CancellationToken).AsTask();
        await Poll.UntilAsync(() => handler.Payloads.Contains("own"), "the handler has the message");
        Assert.False(published.IsCompleted);
        handler.Release();
        Assert.Equal(ReasonCode.Success, await published);
        var message = await subscriber.ReceivePublishAsync();
        Assert.Equal(("own", 1), (message.Payload, message.QoS));
        await Assert.ThrowsAsync<ArgumentException>(() => broker.Broker.PublishAsync("a/+", default).AsTask());
    }

    private sealed class GatedHandler(TaskCompletionSource[] gates) : IPublishHandler
    {
        private int held;

        public int Held => Volatile.Read(ref held);

        public async ValueTask HandleAsync(PublishBatch batch, CancellationToken cancellationToken) =>
            await gates[Interlocked.Increment(ref held) - 1].Task.WaitAsync(cancellationToken);
    }
}
