namespace Weir.Mqtt.Tests.Conformance;

/// <summary>Sections 3.3 to 3.7: PUBLISH and its acknowledgements.</summary>
public sealed class PublishTests
{
    [Theory, Statement("MQTT-3.3.1-1", "MQTT-4.4.0-1", "MQTT-4.3.2-3", "MQTT-4.3.3-3", "MQTT-4.3.2-2", "MQTT-4.3.3-2", "3.1.1:MQTT-3.3.1-1", "3.1.1:MQTT-4.4.0-1")]
    [InlineData(MqttVersion.V311, 1)]
    [InlineData(MqttVersion.V311, 2)]
    [InlineData(MqttVersion.V5, 1)]
    [InlineData(MqttVersion.V5, 2)]
    public async Task MQTT_3_3_1_1_What_was_not_acknowledged_comes_again_with_dup_and_its_identifier(MqttVersion version, int qos)
    {
        await using var broker = await TestBroker.StartAsync();
        ReceivedPublish first;
        await using (var subscriber = await ConnectTests.OpenLastingAsync(broker, version))
        {
            await subscriber.SubscribeAsync("a", qos);
            await subscriber.PublishAsync("a", "x", 1, 1);
            ReceivedFrame frame;
            while ((frame = (await subscriber.ReceiveAsync())!).Type != PacketType.Publish)
            {
            }
            first = subscriber.ToPublish(frame);
            Assert.Equal((false, Math.Min(1, qos)), (first.Duplicate, first.QoS));
        }
        await using var again = await ConnectTests.OpenLastingAsync(broker, version);
        var second = await again.ReceivePublishAsync();
        Assert.Equal((true, first.Id, "x"), (second.Duplicate, second.Id, second.Payload));
        await again.AcknowledgeAsync(PacketType.Puback, second.Id);
        await again.PingAsync();
    }

    [Theory, Statement("MQTT-3.3.1-2", "MQTT-4.3.1-1", "3.1.1:MQTT-3.3.1-2", "3.1.1:MQTT-4.3.1-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_3_1_2_Dup_with_qos_0_is_malformed_and_none_is_sent(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SubscribeAsync("a", 0);
        await connection.PublishAsync("a", "x", 1, 1, duplicate: true);
        ReceivedFrame frame;
        while ((frame = (await connection.ReceiveAsync())!).Type != PacketType.Publish)
        {
        }
        Assert.Equal(0x30, frame.Bytes[0]);
        await connection.PublishAsync("a", "x", duplicate: true);
        ReceivedFrame? end;
        while ((end = await connection.ReceiveAsync()) is { Type: PacketType.Puback })
        {
        }
        Assert.True(end is null or { Type: PacketType.Disconnect });
    }

    [Theory, Statement("MQTT-3.3.1-3", "3.1.1:MQTT-3.3.1-3")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_3_1_3_Dup_of_the_publisher_is_not_passed_on(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s", version);
        await subscriber.SubscribeAsync("a", 2);
        await using var publisher = await broker.OpenAsync("p", version);
        await publisher.PublishAsync("a", "1", 1, 1, duplicate: true);
        await publisher.PublishAsync("a", "2", 2, 2, duplicate: true);
        Assert.False((await subscriber.ReceivePublishAsync()).Duplicate);
        Assert.False((await subscriber.ReceivePublishAsync()).Duplicate);
    }

    [Theory, Statement("MQTT-3.3.1-4", "3.1.1:MQTT-3.3.1-4")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_3_1_4_Both_qos_bits_are_malformed(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SendAsync(0x36, 6, 0, 1, 97, 0, 1, 0);
        if (version == MqttVersion.V5) Assert.Equal(ReasonCode.MalformedPacket, await connection.ReceiveDisconnectAsync());
        else await connection.AssertClosedAsync();
    }

    [Theory, Statement("MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-7", "MQTT-3.3.1-8", "3.1.1:MQTT-3.3.1-5", "3.1.1:MQTT-3.3.1-6", "3.1.1:MQTT-3.3.1-7", "3.1.1:MQTT-3.3.1-8",
        "3.1.1:MQTT-3.3.1-9", "3.1.1:MQTT-3.3.1-10", "3.1.1:MQTT-3.3.1-11", "3.1.1:MQTT-3.3.1-12")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_3_1_5_The_last_retained_message_is_kept_until_an_empty_one(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var live = await broker.OpenAsync("live", version);
        await live.SubscribeAsync("a", 0);
        await using var publisher = await broker.OpenAsync("p", version);
        await publisher.PublishAsync("a", "old", 1, 1, retain: true);
        await publisher.PublishAsync("a", "new", retain: true);
        await publisher.PublishAsync("a", "passing");
        foreach (var payload in (string[])["old", "new", "passing"])
        {
            var message = await live.ReceivePublishAsync();
            Assert.Equal((payload, false), (message.Payload, message.Retain));
        }
        await using (var late = await broker.OpenAsync("late", version))
        {
            await late.SubscribeAsync("a", 0);
            var message = await late.ReceivePublishAsync();
            Assert.Equal(("new", true), (message.Payload, message.Retain));
        }
        await publisher.PublishAsync("a", "", retain: true);
        Assert.Equal(("", false), await live.ReceivePublishAsync() is var empty ? (empty.Payload, empty.Retain) : default);
        await using var last = await broker.OpenAsync("last", version);
        await last.SubscribeAsync("a", 0);
        await last.PingAsync();
        Assert.Equal(0, broker.Broker.GetStatistics().RetainedMessages);
    }

    [Theory, Statement("MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.3.1-11")]
    [InlineData(RetainHandling.Send, 1, 1)]
    [InlineData(RetainHandling.SendIfNew, 1, 0)]
    [InlineData(RetainHandling.DoNotSend, 0, 0)]
    public async Task MQTT_3_3_1_9_Retain_handling_says_when_retained_messages_come(RetainHandling handling, int first, int second)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.PublishAsync("a", "x", retain: true);
        await connection.PingAsync();
        foreach (var expected in (int[])[first, second])
        {
            await connection.SubscribeAsync("a", 0, with: r => r with { RetainHandling = handling });
            for (var i = 0; i < expected; i++) Assert.True((await connection.ReceivePublishAsync()).Retain);
            await connection.PingAsync();
        }
    }

    [Theory, Statement("MQTT-3.3.1-12", "MQTT-3.3.1-13")]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task MQTT_3_3_1_12_Retain_as_published_says_what_becomes_of_the_flag(bool asPublished, bool expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SubscribeAsync("a", 0, with: r => r with { RetainAsPublished = asPublished });
        await connection.PublishAsync("a", "x", retain: true);
        await connection.PublishAsync("a", "y");
        Assert.Equal(expected, (await connection.ReceivePublishAsync()).Retain);
        Assert.False((await connection.ReceivePublishAsync()).Retain);
    }

    [Theory, Statement("MQTT-3.3.2-2", "MQTT-4.7.0-1", "MQTT-4.7.3-1", "3.1.1:MQTT-3.3.2-2", "3.1.1:MQTT-4.7.1-1", "3.1.1:MQTT-4.7.3-1")]
    [InlineData("a/+")]
    [InlineData("#")]
    [InlineData("")]
    public async Task MQTT_3_3_2_2_A_topic_name_with_a_wildcard_or_without_a_character_is_refused(string topic)
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (var version in (MqttVersion[])[MqttVersion.V311, MqttVersion.V5])
        {
            await using var connection = await broker.OpenAsync("c", version);
            await connection.PublishAsync(topic, "x");
            if (version == MqttVersion.V5) Assert.Equal(ReasonCode.TopicNameInvalid, await connection.ReceiveDisconnectAsync());
            else await connection.AssertClosedAsync();
        }
    }

    [Theory, Statement("MQTT-3.3.2-3", "MQTT-3.3.4-2", "3.1.1:MQTT-3.3.2-3", "3.1.1:MQTT-3.3.5-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_3_2_3_What_comes_matches_and_has_the_highest_qos_of_the_filters_that_match(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SubscribeAsync("a/#", 0);
        await connection.SubscribeAsync("a/+", 2);
        await connection.SubscribeAsync("a/b", 1);
        await using var publisher = await broker.OpenAsync("p");
        await publisher.PublishAsync("b", "no", 1, 1);
        await publisher.PublishAsync("a/b", "yes", 2, 2);
        var message = await connection.ReceivePublishAsync();
        Assert.Equal(("a/b", "yes", 2), (message.Topic, message.Payload, message.QoS));
    }

    [Fact, Statement("MQTT-3.3.2-5", "MQTT-3.3.2-6")]
    public async Task MQTT_3_3_2_5_A_message_that_waited_too_long_is_deleted_and_the_rest_of_its_time_is_told()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var broker = await TestBroker.StartAsync(time: time);
        await using (var first = await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5)) await first.SubscribeAsync("a", 1);
        await Poll.UntilAsync(() => broker.Broker.GetClients().Any(c => !c.IsConnected), "the subscriber has gone");
        await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
        await publisher.PublishAsync("a", "short", 1, 1, properties: new Properties { MessageExpiryInterval = 10 });
        await publisher.PublishAsync("a", "long", 1, 2, properties: new Properties { MessageExpiryInterval = 50 });
        await publisher.PingAfterAcknowledgementsAsync(2);
        time.Advance(TimeSpan.FromSeconds(20));
        await using var back = await broker.OpenAsync("lasting", MqttVersion.V5, clean: false, properties: new Properties { SessionExpiryInterval = 60 });
        var message = await back.ReceivePublishAsync();
        Assert.Equal(("long", TimeSpan.FromSeconds(30)), (message.Payload, message.Properties.MessageExpiryInterval));
        Assert.Equal(1, broker.Broker.GetStatistics().Dropped.Expired);
    }

    [Fact, Statement("MQTT-3.3.2-7")]
    public async Task MQTT_3_3_2_7_A_topic_alias_ends_with_its_connection()
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var first = await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5))
        {
            await first.PublishAsync("a", "x", properties: new Properties { TopicAlias = 1 });
            await first.PingAsync();
        }
        await using var second = await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5);
        await second.PublishAsync("", "x", properties: new Properties { TopicAlias = 1 });
        Assert.Equal(ReasonCode.ProtocolError, await second.ReceiveDisconnectAsync());
    }

    [Theory, Statement("MQTT-3.3.2-8", "MQTT-3.3.2-9")]
    [InlineData(0)]
    [InlineData(65)]
    public async Task MQTT_3_3_2_8_A_topic_alias_of_0_or_above_the_maximum_is_refused(ushort alias)
    {
        await using var broker = await TestBroker.StartAsync(o => o.TopicAliasMaximum = 64);
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.PublishAsync("a", "x", properties: new Properties { TopicAlias = alias });
        Assert.Equal(ReasonCode.TopicAliasInvalid, await connection.ReceiveDisconnectAsync());
    }

    [Fact, Statement("MQTT-3.3.2-12")]
    public async Task MQTT_3_3_2_12_Every_topic_alias_up_to_the_maximum_is_taken()
    {
        await using var broker = await TestBroker.StartAsync(o => o.TopicAliasMaximum = 300);
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        Assert.Equal((ushort)300, connection.Connack.Properties.TopicAliasMaximum);
        await connection.SubscribeAsync("t/#", 0);
        for (ushort i = 1; i <= 300; i++) await connection.PublishAsync($"t/{i}", "x", properties: new Properties { TopicAlias = i });
        for (ushort i = 1; i <= 300; i++) await connection.PublishAsync("", "y", properties: new Properties { TopicAlias = i });
        for (var i = 0; i < 600; i++) Assert.Equal($"t/{i % 300 + 1}", (await connection.ReceivePublishAsync()).Topic);
    }

    [Theory, Statement("MQTT-3.3.2-13", "MQTT-3.3.2-14", "MQTT-3.3.2-19")]
    [InlineData("0803EDA080")] // response topic
    [InlineData("080003EDA080")]
    [InlineData("08000161002B")]
    [InlineData("0800012B")] // '+'
    [InlineData("08000123")] // '#'
    [InlineData("030003EDA080")] // content type
    public async Task MQTT_3_3_2_13_A_response_topic_or_content_type_that_is_none_is_refused(string properties)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        var bytes = Convert.FromHexString(properties);
        await connection.SendAsync(FormatTests.Packet(0x30, [0, 1, 97, (byte)bytes.Length, .. bytes]));
        Assert.True(await connection.ReceiveDisconnectAsync() is ReasonCode.MalformedPacket or ReasonCode.ProtocolError);
    }

    [Fact, Statement("MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.3.4-5")]
    public async Task MQTT_3_3_4_3_One_copy_carries_the_identifiers_of_all_subscriptions_that_match()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SubscribeAsync("a/#", 0, identifier: 1);
        await connection.SubscribeAsync("a/+", 0, identifier: 268_435_455);
        await connection.SubscribeAsync("a/b", 0);
        await connection.SubscribeAsync("c", 0, identifier: 3);
        await connection.PublishAsync("a/b", "x");
        Assert.Equal([1, 268_435_455], (await connection.ReceivePublishAsync()).Identifiers.Order());
        await connection.PingAsync();
    }

    [Fact, Statement("MQTT-3.3.4-6")]
    public async Task MQTT_3_3_4_6_A_client_must_not_send_a_subscription_identifier()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SendAsync(FormatTests.Packet(0x30, [0, 1, 97, 2, 0x0B, 1]));
        Assert.Equal(ReasonCode.ProtocolError, await connection.ReceiveDisconnectAsync());
    }

    [Fact, Statement("MQTT-3.3.4-7")]
    public async Task MQTT_3_3_4_7_More_than_the_receive_maximum_ends_the_connection()
    {
        var handler = new Broker.HeldHandler();
        await using var broker = await TestBroker.StartAsync(o => o.ReceiveMaximum = 3, handler);
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        Assert.Equal((ushort)3, connection.Connack.Properties.ReceiveMaximum);
        for (ushort i = 1; i <= 4; i++) await connection.PublishAsync("a", "x", 2, i);
        ReceivedFrame? frame;
        while ((frame = await connection.ReceiveAsync())!.Type == PacketType.Pubrec)
        {
        }
        Assert.Equal(ReasonCode.ReceiveMaximumExceeded, DisconnectPacket.Read(frame!, MqttVersion.V5).Reason);
        handler.Release();
    }

    [Theory, Statement("MQTT-3.3.4-9", "MQTT-3.3.4-10", "MQTT-4.9.0-1", "MQTT-4.9.0-2", "MQTT-4.9.0-3")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task MQTT_3_3_4_9_No_more_than_the_clients_receive_maximum_is_under_way_and_all_else_is_answered(int qos)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5, properties: new Properties { ReceiveMaximum = 2 });
        await subscriber.SubscribeAsync("a", qos);
        await using var publisher = await broker.OpenAsync("p");
        for (ushort i = 1; i <= 5; i++) await publisher.PublishAsync("a", $"{i}", qos, i);
        var first = await subscriber.ReceivePublishAsync();
        await subscriber.ReceivePublishAsync();
        await Poll.UntilAsync(() => broker.Broker.GetClient("s")!.Status.QueuedMessages == 3, "three messages wait");
        await subscriber.PingAsync();
        await subscriber.SubscribeAsync("b", 1, id: 9);
        if (qos == 1)
        {
            await subscriber.AcknowledgeAsync(PacketType.Puback, first.Id);
        }
        else
        {
            await subscriber.AcknowledgeAsync(PacketType.Pubrec, first.Id);
            await subscriber.ReceiveAcknowledgementAsync(PacketType.Pubrel);
            // PUBREC alone gives nothing back.
            await subscriber.PingAsync();
            await subscriber.AcknowledgeAsync(PacketType.Pubcomp, first.Id);
        }
        Assert.Equal("3", (await subscriber.ReceivePublishAsync()).Payload);
        await subscriber.PingAsync();
    }

    [Theory, Statement("MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-3.6.2-1", "MQTT-3.7.2-1", "MQTT-3.14.2-1")]
    [InlineData("40030001FE")]
    [InlineData("5003000192")]
    [InlineData("6203000187")]
    [InlineData("7003000180")]
    [InlineData("E00101")]
    [InlineData("E0018A")]
    public async Task MQTT_3_4_2_1_A_reason_that_is_none_of_the_packets_own_is_refused(string packet)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SendAsync(Convert.FromHexString(packet));
        Assert.Equal(ReasonCode.ProtocolError, await connection.ReceiveDisconnectAsync());
    }

    [Theory, Statement("MQTT-3.4.2-2", "MQTT-3.5.2-2", "MQTT-3.9.2-1", "MQTT-3.14.2-3")]
    [InlineData(30, false)]
    [InlineData(300, true)]
    public async Task MQTT_3_4_2_2_A_reason_string_is_left_out_where_the_packet_would_be_too_large(int largest, bool expected)
    {
        await using var broker = await TestBroker.StartAsync(secure: s =>
        {
            s.AllowAnonymous = true;
            s.Access.Add(new MqttAccessRule { Topic = "open" });
        });
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5, properties: new Properties { MaximumPacketSize = (uint)largest });
        await connection.PublishAsync("shut", "x", 1, 1);
        await connection.PublishAsync("shut", "x", 2, 2);
        await connection.SendAsync(new SubscribePacket(3, [new SubscriptionRequest(TopicFilter.Parse("shut"), QualityOfService.AtMostOnce)]));
        foreach (var type in (PacketType[])[PacketType.Puback, PacketType.Pubrec, PacketType.Suback])
        {
            var frame = await connection.ReceiveAsync(type);
            Assert.True(frame.Bytes.Length <= largest);
            Assert.Equal(expected, frame.Bytes.Length > 20);
        }
        await connection.SendAsync(0x20, 0);
        var disconnect = await connection.ReceiveAsync(PacketType.Disconnect);
        Assert.True(disconnect.Bytes.Length <= largest);
        Assert.Equal(expected, DisconnectPacket.Read(disconnect, MqttVersion.V5).Properties.ReasonString is not null);
    }

    [Theory, Statement("MQTT-4.3.2-5")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_4_3_2_5_After_puback_the_same_identifier_is_a_new_message(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s");
        await subscriber.SubscribeAsync("a", 0);
        await using var publisher = await broker.OpenAsync("p", version);
        await publisher.PublishAsync("a", "1", 1, 7);
        await publisher.ReceiveAsync(PacketType.Puback);
        await publisher.PublishAsync("a", "2", 1, 7, duplicate: true);
        await publisher.ReceiveAsync(PacketType.Puback);
        Assert.Equal("1", (await subscriber.ReceivePublishAsync()).Payload);
        Assert.Equal("2", (await subscriber.ReceivePublishAsync()).Payload);
    }

    [Theory, Statement("MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-4.3.3-6", "3.1.1:MQTT-4.3.3-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_4_3_3_4_After_pubrec_pubrel_is_what_is_repeated(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        ushort id;
        await using (var subscriber = await ConnectTests.OpenLastingAsync(broker, version))
        {
            await subscriber.SubscribeAsync("a", 2);
            await using var publisher = await broker.OpenAsync("p");
            await publisher.PublishAsync("a", "x", 2, 1);
            id = (await subscriber.ReceivePublishAsync()).Id;
            await subscriber.AcknowledgeAsync(PacketType.Pubrec, id);
            Assert.Equal(id, (await subscriber.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
        }
        await using var back = await ConnectTests.OpenLastingAsync(broker, version);
        Assert.Equal(id, (await back.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
        await back.AcknowledgeAsync(PacketType.Pubcomp, id);
        await back.PingAsync();
        Assert.Equal(0, broker.Broker.GetClient("lasting")!.Status.InflightMessages);
    }

    [Fact, Statement("MQTT-4.3.3-7", "MQTT-4.3.3-13")]
    public async Task MQTT_4_3_3_7_Expiry_does_not_end_a_qos_2_exchange_that_has_begun()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var broker = await TestBroker.StartAsync(time: time);
        ushort id;
        await using (var subscriber = await broker.OpenAsync("lasting", MqttVersion.V5, clean: false, properties: new Properties { SessionExpiryInterval = 600 }))
        {
            await subscriber.SubscribeAsync("a", 2);
            await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
            await publisher.PublishAsync("a", "x", 2, 1, properties: new Properties { MessageExpiryInterval = 5 });
            await publisher.ReceiveAsync(PacketType.Pubrec);
            id = (await subscriber.ReceivePublishAsync()).Id;
            time.Advance(TimeSpan.FromSeconds(10));
            await publisher.AcknowledgeAsync(PacketType.Pubrel, 1);
            Assert.Equal(ReasonCode.Success, (await publisher.ReceiveAcknowledgementAsync(PacketType.Pubcomp)).Reason);
        }
        await Poll.UntilAsync(() => broker.Broker.GetClient("lasting") is { Status.IsConnected: false }, "the subscriber has gone");
        await using var back = await broker.OpenAsync("lasting", MqttVersion.V5, clean: false, properties: new Properties { SessionExpiryInterval = 600 });
        var again = await back.ReceivePublishAsync();
        Assert.Equal((id, true), (again.Id, again.Duplicate));
        await back.AcknowledgeAsync(PacketType.Pubrec, id);
        await back.ReceiveAcknowledgementAsync(PacketType.Pubrel);
    }

    [Theory, Statement("MQTT-4.3.3-9")]
    [InlineData(2)]
    public async Task MQTT_4_3_3_9_After_a_pubrec_that_refuses_the_identifier_is_free(int qos)
    {
        await using var broker = await TestBroker.StartAsync(secure: s =>
        {
            s.AllowAnonymous = true;
            s.Access.Add(new MqttAccessRule { Topic = "open" });
        });
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.PublishAsync("shut", "x", qos, 5);
        Assert.Equal(ReasonCode.NotAuthorized, (await connection.ReceiveAcknowledgementAsync(PacketType.Pubrec)).Reason);
        await connection.SubscribeAsync("open", 0);
        await connection.PublishAsync("open", "new", qos, 5);
        ReceivedFrame frame;
        while ((frame = (await connection.ReceiveAsync())!).Type != PacketType.Publish) Assert.Equal(ReasonCode.Success, AcknowledgePacket.Read(frame, MqttVersion.V5).Reason);
        Assert.Equal("new", connection.ToPublish(frame).Payload);
    }

    [Theory, Statement("MQTT-4.3.3-10", "MQTT-4.3.3-12")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_4_3_3_10_Until_pubrel_a_repeat_is_answered_and_not_delivered_and_after_pubcomp_it_is_new(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s");
        await subscriber.SubscribeAsync("a", 0);
        await using var publisher = await broker.OpenAsync("p", version);
        await publisher.PublishAsync("a", "once", 2, 5);
        await publisher.ReceiveAsync(PacketType.Pubrec);
        await publisher.PublishAsync("a", "once", 2, 5, duplicate: true);
        await publisher.ReceiveAsync(PacketType.Pubrec);
        await publisher.AcknowledgeAsync(PacketType.Pubrel, 5);
        await publisher.ReceiveAsync(PacketType.Pubcomp);
        await publisher.PublishAsync("a", "new", 2, 5);
        await publisher.ReceiveAsync(PacketType.Pubrec);
        Assert.Equal("once", (await subscriber.ReceivePublishAsync()).Payload);
        Assert.Equal("new", (await subscriber.ReceivePublishAsync()).Payload);
    }

    [Theory, Statement("MQTT-4.4.0-2", "MQTT-4.8.2-6")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task MQTT_4_4_0_2_What_the_client_refuses_is_not_sent_again_to_it_or_to_another(int qos)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var other = await broker.OpenAsync("other", MqttVersion.V5);
        await using (var first = await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5))
        {
            await first.SubscribeAsync("$share/g/a", qos);
            await using var publisher = await broker.OpenAsync("p");
            await publisher.PublishAsync("a", "x", qos, 1);
            var id = (await first.ReceivePublishAsync()).Id;
            await other.SubscribeAsync("$share/g/a", qos);
            await first.AcknowledgeAsync(qos == 1 ? PacketType.Puback : PacketType.Pubrec, id, ReasonCode.QuotaExceeded);
            await first.PingAsync();
        }
        await using var back = await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5);
        await back.PingAsync();
        await other.PingAsync();
    }

    [Theory, Statement("MQTT-4.6.0-5", "MQTT-4.6.0-6", "3.1.1:MQTT-4.6.0-5", "3.1.1:MQTT-4.6.0-6")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task MQTT_4_6_0_5_Messages_of_one_client_keep_their_order(int qos)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s");
        await subscriber.SubscribeAsync("a", qos);
        await using var publisher = await broker.OpenAsync("p");
        for (ushort i = 1; i <= 500; i++) await publisher.PublishAsync("a", $"{i}", qos, qos == 0 ? (ushort)0 : i);
        for (var i = 1; i <= 500; i++) Assert.Equal($"{i}", (await subscriber.ReceivePublishAsync()).Payload);
    }

    [Fact, Statement("3.1.1:MQTT-3.3.5-2")]
    public async Task MQTT_3_3_5_2_A_message_that_is_not_allowed_ends_the_connection_of_3_1_1()
    {
        await using var broker = await TestBroker.StartAsync(secure: s =>
        {
            s.AllowAnonymous = true;
            s.Access.Add(new MqttAccessRule { Topic = "open" });
        });
        await using var connection = await broker.OpenAsync("c");
        await connection.PublishAsync("shut", "x", 1, 1);
        await connection.AssertClosedAsync();
    }
}
