namespace Weir.Mqtt.Tests.Conformance;

/// <summary>Sections 3.8 to 3.15 and 4: subscriptions, the end of connections, topics, sessions.</summary>
public sealed class SubscribeTests
{
    [Theory, Statement("MQTT-3.8.3-2", "MQTT-3.10.3-2", "3.1.1:MQTT-3.8.3-3", "3.1.1:MQTT-3.10.3-2")]
    [InlineData(0x82)]
    [InlineData(0xA2)]
    public async Task MQTT_3_8_3_2_A_request_without_a_filter_is_a_protocol_error(byte type)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SendAsync(type, 3, 0, 1, 0);
        Assert.Equal(ReasonCode.ProtocolError, await connection.ReceiveDisconnectAsync());
        await using var older = await broker.OpenAsync("d");
        await older.SendAsync(type, 2, 0, 1);
        await older.AssertClosedAsync();
    }

    [Fact, Statement("MQTT-3.8.3-3")]
    public async Task MQTT_3_8_3_3_No_local_keeps_a_clients_own_messages_from_it()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SubscribeAsync("a", 0, with: r => r with { NoLocal = true });
        await using var other = await broker.OpenAsync("other");
        await connection.PublishAsync("a", "own");
        await connection.PingAsync();
        await other.PublishAsync("a", "another's");
        Assert.Equal("another's", (await connection.ReceivePublishAsync()).Payload);
    }

    [Theory, Statement("MQTT-3.8.3-4", "MQTT-3.8.3-5", "3.1.1:MQTT-3.8.3-4")]
    [InlineData("$share/g/a", 0x04, ReasonCode.ProtocolError)]
    [InlineData("a", 0x40, ReasonCode.MalformedPacket)]
    [InlineData("a", 0x80, ReasonCode.MalformedPacket)]
    [InlineData("a", 0x30, ReasonCode.MalformedPacket)]
    [InlineData("a", 0x03, ReasonCode.MalformedPacket)]
    public async Task MQTT_3_8_3_4_Subscription_options_that_are_not_allowed_end_the_connection(string filter, byte options, ReasonCode expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        byte[] text = [0, (byte)filter.Length, .. System.Text.Encoding.ASCII.GetBytes(filter), options];
        await connection.SendAsync(FormatTests.Packet(0x82, [0, 1, 0, .. text]));
        Assert.Equal(expected, await connection.ReceiveDisconnectAsync());
        await using var older = await broker.OpenAsync("d");
        await older.SendAsync(FormatTests.Packet(0x82, [0, 1, .. text]));
        await older.AssertClosedAsync();
    }

    [Theory, Statement("MQTT-3.8.4-3", "MQTT-3.8.4-4", "3.1.1:MQTT-3.8.4-3")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_8_4_3_The_same_filter_again_takes_the_place_of_the_first_and_nothing_is_lost(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await using var publisher = await broker.OpenAsync("p");
        await publisher.PublishAsync("a", "retained", 1, 1, retain: true);
        await publisher.ReceiveAsync(PacketType.Puback);
        await connection.SubscribeAsync("a", 2);
        Assert.True((await connection.ReceivePublishAsync()).Retain);
        var publishing = Task.Run(async () =>
        {
            for (ushort i = 2; i <= 101; i++) await publisher.PublishAsync("a", $"{i}", 1, i);
        }, TestContext.Current.CancellationToken);
        await connection.SendAsync(new SubscribePacket(2, [new SubscriptionRequest(TopicFilter.Parse("a"), QualityOfService.AtMostOnce)]));
        var (next, retained) = (2, 0);
        while (next <= 101)
        {
            var frame = await connection.ReceiveAsync();
            if (frame!.Type != PacketType.Publish) continue;
            var message = connection.ToPublish(frame);
            if (message.Retain) retained++;
            else Assert.Equal($"{next++}", message.Payload);
        }
        await publishing;
        Assert.Equal(1, retained);
        Assert.Equal(1, broker.Broker.GetClient("c")!.Status.Subscriptions);
        await publisher.PublishAsync("a", "last", 1, 200);
        Assert.Equal(0, (await connection.ReceivePublishAsync()).QoS);
    }

    [Theory, Statement("MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.9.3-2", "3.1.1:MQTT-3.8.4-4", "3.1.1:MQTT-3.8.4-5", "3.1.1:MQTT-3.9.3-1", "3.1.1:MQTT-3.9.3-2", "3.1.1:MQTT-3.8.3-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_8_4_5_Several_filters_are_answered_one_by_one_and_in_order(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxTopicLevels = 3);
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SendAsync(new SubscribePacket(5, [
            Request("a/+", 0), Request("b", 2), Request("too/many/levels/here", 1), Request("d/#", 1), Request("b", 1),
        ]));
        var suback = SubackPacket.Read(await connection.ReceiveAsync(PacketType.Suback), version);
        var refused = version == MqttVersion.V5 ? ReasonCode.TopicFilterInvalid : ReasonCode.UnspecifiedError;
        Assert.Equal([ReasonCode.Success, ReasonCode.GrantedQoS2, refused, ReasonCode.GrantedQoS1, ReasonCode.GrantedQoS1], suback.Reasons);
        Assert.Equal(3, broker.Broker.GetClient("c")!.Status.Subscriptions);
    }

    [Theory, Statement("MQTT-3.8.4-8", "MQTT-4.8.2-3", "3.1.1:MQTT-3.8.4-6")]
    [InlineData("a")]
    [InlineData("$share/g/a")]
    public async Task MQTT_3_8_4_8_The_lower_of_the_messages_and_the_granted_qos_holds(string filter)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
        for (var granted = 0; granted <= 2; granted++)
        {
            await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5);
            await subscriber.SubscribeAsync(filter, granted);
            for (var sent = 0; sent <= 2; sent++)
            {
                await publisher.PublishAsync("a", "x", sent, (ushort)(sent == 0 ? 0 : 10 * granted + sent));
                Assert.Equal(Math.Min(sent, granted), (await subscriber.ReceivePublishAsync()).QoS);
            }
        }
    }

    [Theory, Statement("MQTT-3.10.4-1", "MQTT-3.10.4-2", "MQTT-3.10.4-6", "MQTT-3.11.3-1", "MQTT-3.11.3-2", "3.1.1:MQTT-3.10.4-1", "3.1.1:MQTT-3.10.4-2", "3.1.1:MQTT-3.10.4-6")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_10_4_1_A_filter_is_ended_by_its_very_characters(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SubscribeAsync("a/+", 0);
        await connection.SubscribeAsync("a/b", 0);
        await connection.SubscribeAsync("c", 0);
        await connection.SendAsync(new UnsubscribePacket(2, [TopicFilter.Parse("a/#"), TopicFilter.Parse("a/b"), TopicFilter.Parse("A/+"), TopicFilter.Parse("c")]));
        var unsuback = SubackPacket.Read(await connection.ReceiveAsync(PacketType.Unsuback), version);
        if (version == MqttVersion.V5)
        {
            Assert.Equal([ReasonCode.NoSubscriptionExisted, ReasonCode.Success, ReasonCode.NoSubscriptionExisted, ReasonCode.Success], unsuback.Reasons);
        }
        await connection.PublishAsync("c", "ended");
        await connection.PublishAsync("a/b", "by a/+");
        Assert.Equal("by a/+", (await connection.ReceivePublishAsync()).Payload);
        await connection.PingAsync();
    }

    [Theory, Statement("MQTT-3.10.4-3", "3.1.1:MQTT-3.10.4-3")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_10_4_3_What_is_under_way_when_a_subscription_ends_is_completed(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        ushort id;
        await using (var subscriber = await ConnectTests.OpenLastingAsync(broker, version))
        {
            await subscriber.SubscribeAsync("a", 2);
            await using var publisher = await broker.OpenAsync("p");
            await publisher.PublishAsync("a", "x", 2, 1);
            id = (await subscriber.ReceivePublishAsync()).Id;
            await subscriber.SendAsync(new UnsubscribePacket(2, [TopicFilter.Parse("a")]));
            await subscriber.ReceiveAsync(PacketType.Unsuback);
        }
        await using var back = await ConnectTests.OpenLastingAsync(broker, version);
        Assert.Equal((id, true), await back.ReceivePublishAsync() is var again ? (again.Id, again.Duplicate) : default);
        await back.AcknowledgeAsync(PacketType.Pubrec, id);
        Assert.Equal(id, (await back.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
    }

    [Theory, Statement("MQTT-3.12.4-1", "3.1.1:MQTT-3.12.4-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_12_4_1_A_ping_is_answered(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SendAsync(0xC0, 0);
        Assert.Equal([0xD0, 0], (await connection.ReceiveAsync(PacketType.Pingresp)).Bytes);
    }

    [Fact, Statement("MQTT-3.14.0-1")]
    public async Task MQTT_3_14_0_1_No_disconnect_comes_before_connack()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync(MqttVersion.V5);
        await connection.SendAsync(0xC0, 0);
        await connection.AssertClosedAsync();
    }

    [Fact, Statement("MQTT-3.14.2-2", "MQTT-3.14.4-1", "MQTT-3.14.4-2")]
    public async Task MQTT_3_14_2_2_The_brokers_disconnect_is_the_last_packet_and_has_no_session_expiry()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5, properties: new Properties { SessionExpiryInterval = 60 });
        await connection.SubscribeAsync("a", 0);
        await connection.SendAsync([.. RawConnection.PublishBytes(MqttVersion.V5, "a", "x"), 0x20, 0, 0xC0, 0]);
        ReceivedFrame frame;
        while ((frame = (await connection.ReceiveAsync())!).Type != PacketType.Disconnect)
        {
        }
        Assert.Null(DisconnectPacket.Read(frame, MqttVersion.V5).Properties.SessionExpiryInterval);
        await connection.AssertClosedAsync();
    }

    [Fact, Statement("MQTT-3.15.2-1", "MQTT-4.12.0-2", "MQTT-4.12.0-5", "MQTT-4.12.1-1")]
    public async Task MQTT_4_12_0_2_An_exchange_names_its_method_and_its_reasons_throughout()
    {
        await using var broker = await Security.EnhancedAuthenticationTests.StartAsync();
        await using var connection = await Security.EnhancedAuthenticationTests.BeginAsync(broker);
        await connection.SendAsync(Security.EnhancedAuthenticationTests.Answer("42"));
        Assert.Equal("PLUS-ONE", ConnackPacket.Read(await connection.ReceiveAsync(PacketType.Connack), MqttVersion.V5).Properties.AuthenticationMethod);
        await connection.SendAsync(Security.EnhancedAuthenticationTests.Answer(null, ReasonCode.ReAuthenticate));
        var question = AuthPacket.Read(await connection.ReceiveAsync(PacketType.Auth));
        Assert.Equal((ReasonCode.ContinueAuthentication, "PLUS-ONE"), (question.Reason, question.Properties.AuthenticationMethod));
        await connection.SendAsync(Security.EnhancedAuthenticationTests.Answer("42"));
        var last = AuthPacket.Read(await connection.ReceiveAsync(PacketType.Auth));
        Assert.Equal((ReasonCode.Success, "PLUS-ONE"), (last.Reason, last.Properties.AuthenticationMethod));
        await connection.SendAsync(0xF0, 2, 0x80, 0);
        Assert.Equal(ReasonCode.ProtocolError, await connection.ReceiveDisconnectAsync());
    }

    [Fact, Statement("MQTT-4.12.0-1", "MQTT-4.12.0-4", "MQTT-4.12.1-2")]
    public async Task MQTT_4_12_0_1_An_authentication_that_fails_closes_the_connection()
    {
        await using var broker = await Security.EnhancedAuthenticationTests.StartAsync();
        Assert.Equal(ReasonCode.BadAuthenticationMethod, await broker.ReasonAsync(
            TestBroker.Login(null, null) with { Properties = new Properties { AuthenticationMethod = "UNKNOWN" } }));
        await using (var wrong = await Security.EnhancedAuthenticationTests.BeginAsync(broker))
        {
            await wrong.SendAsync(Security.EnhancedAuthenticationTests.Answer("0"));
            Assert.Equal(ReasonCode.NotAuthorized, ConnackPacket.Read(await wrong.ReceiveAsync(PacketType.Connack), MqttVersion.V5).Reason);
            await wrong.AssertClosedAsync();
        }
        await using var again = await Security.EnhancedAuthenticationTests.BeginAsync(broker);
        await again.SendAsync(Security.EnhancedAuthenticationTests.Answer("42"));
        await again.ReceiveAsync(PacketType.Connack);
        await again.SendAsync(Security.EnhancedAuthenticationTests.Answer(null, ReasonCode.ReAuthenticate));
        await again.ReceiveAsync(PacketType.Auth);
        await again.SendAsync(Security.EnhancedAuthenticationTests.Answer("0"));
        Assert.Equal(ReasonCode.NotAuthorized, await again.ReceiveDisconnectAsync());
    }

    [Fact, Statement("MQTT-4.12.0-6")]
    public async Task MQTT_4_12_0_6_Who_names_no_method_gets_no_auth_and_no_method()
    {
        await using var broker = await Security.EnhancedAuthenticationTests.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        Assert.Null(connection.Connack.Properties.AuthenticationMethod);
    }

    [Fact, Statement("MQTT-3.1.2-30", "MQTT-4.12.0-7", "MQTT-4.12.0-3")]
    public async Task MQTT_3_1_2_30_During_an_exchange_only_auth_and_disconnect_may_come()
    {
        await using var broker = await Security.EnhancedAuthenticationTests.StartAsync();
        await using (var connection = await Security.EnhancedAuthenticationTests.BeginAsync(broker))
        {
            await connection.PublishAsync("a", "x");
            await connection.AssertClosedAsync();
        }
        await using (var connection = await Security.EnhancedAuthenticationTests.BeginAsync(broker))
        {
            await connection.SendAsync(new DisconnectPacket(ReasonCode.Success));
            await connection.AssertClosedAsync();
        }
        await using var plain = await broker.OpenAsync("c", MqttVersion.V5);
        await plain.SendAsync(Security.EnhancedAuthenticationTests.Answer("42"));
        Assert.Equal(ReasonCode.ProtocolError, await plain.ReceiveDisconnectAsync());
    }

    [Fact, Statement("MQTT-4.1.0-2")]
    public async Task MQTT_4_1_0_2_A_session_ends_when_its_time_after_the_connection_is_over()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var broker = await TestBroker.StartAsync(time: time);
        await using (var connection = await broker.OpenAsync("c", MqttVersion.V5, properties: new Properties { SessionExpiryInterval = 10 })) await connection.PingAsync();
        await Poll.UntilAsync(() => broker.Broker.GetClient("c") is { Status.IsConnected: false }, "the client has gone");
        time.Advance(TimeSpan.FromSeconds(9));
        await using (var connection = await broker.OpenAsync("c", MqttVersion.V5, clean: false, properties: new Properties { SessionExpiryInterval = 10 })) Assert.True(connection.Connack.SessionPresent);
        await Poll.UntilAsync(() => broker.Broker.GetClient("c") is { Status.IsConnected: false }, "the client has gone");
        time.Advance(TimeSpan.FromSeconds(11));
        await Poll.UntilAsync(() => broker.Broker.GetClient("c") is null, "the session has ended");
    }

    [Fact, Statement("3.1.1:MQTT-4.1.0-2", "3.1.1:MQTT-3.1.2-7")]
    public async Task MQTT_4_1_0_2_A_session_of_3_1_1_outlives_its_connection_and_retained_messages_every_session()
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var connection = await broker.OpenAsync("c", clean: false))
        {
            await connection.SubscribeAsync("x", 1);
            await connection.PublishAsync("a", "retained", retain: true);
            await connection.PingAsync();
        }
        await Poll.UntilAsync(() => broker.Broker.GetClient("c") is { Status.IsConnected: false }, "the client has gone");
        await using (var cleaned = await broker.OpenAsync("c")) Assert.False(cleaned.Connack.SessionPresent);
        await using var other = await broker.OpenAsync("other");
        await other.SubscribeAsync("a", 0);
        Assert.Equal("retained", (await other.ReceivePublishAsync()).Payload);
    }

    [Theory, Statement("MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.8.2-1", "MQTT-4.8.2-2", "3.1.1:MQTT-4.7.1-2", "3.1.1:MQTT-4.7.1-3")]
    [InlineData("a/#/b")]
    [InlineData("a#")]
    [InlineData("a/b+")]
    [InlineData("+a/b")]
    [InlineData("$share/a")]
    [InlineData("$share//a")]
    [InlineData("$share/+/a")]
    [InlineData("$share/g#/a")]
    [InlineData("$share/g/")]
    [InlineData("")]
    public async Task MQTT_4_7_1_1_A_filter_whose_wildcards_or_share_name_are_wrong_is_refused(string filter)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SendAsync(FormatTests.Packet(0x82, [0, 1, 0, 0, (byte)filter.Length, .. System.Text.Encoding.ASCII.GetBytes(filter), 0]));
        Assert.Equal(ReasonCode.MalformedPacket, await connection.ReceiveDisconnectAsync());
    }

    [Theory, Statement("MQTT-4.7.2-1", "3.1.1:MQTT-4.7.2-1")]
    [InlineData("#")]
    [InlineData("+/broker/#")]
    public async Task MQTT_4_7_2_1_A_leading_wildcard_does_not_match_topics_of_the_broker(string filter)
    {
        await using var broker = await TestBroker.StartAsync(o => o.SysInterval = TimeSpan.FromSeconds(1));
        await using var connection = await broker.OpenAsync("c");
        await connection.SubscribeAsync(filter, 0);
        await connection.SendAsync(new SubscribePacket(2, [Request("$SYS/broker/uptime", 0)]));
        // Only what was subscribed to by its name comes: all of them are published together.
        for (var i = 0; i < 2; i++) Assert.Equal("$SYS/broker/uptime", (await connection.ReceivePublishAmongOthersAsync()).Topic);
    }

    [Fact, Statement("MQTT-4.8.2-4", "MQTT-4.8.2-5")]
    public async Task MQTT_4_8_2_4_A_message_of_a_shared_subscription_waits_for_its_client_and_goes_to_no_other()
    {
        await using var broker = await TestBroker.StartAsync();
        ushort id;
        await using (var first = await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5))
        {
            await first.SubscribeAsync("$share/g/a", 2);
            await using var publisher = await broker.OpenAsync("p");
            await publisher.PublishAsync("a", "x", 2, 1);
            id = (await first.ReceivePublishAsync()).Id;
        }
        await using var other = await broker.OpenAsync("other", MqttVersion.V5);
        await other.SubscribeAsync("$share/g/a", 2);
        await other.PingAsync();
        await using (var back = await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5)) Assert.Equal(id, (await back.ReceivePublishAsync()).Id);
        await using (await ConnectTests.OpenLastingAsync(broker, MqttVersion.V5, clean: true))
        {
        }
        await other.PingAsync();
    }

    [Fact, Statement("MQTT-4.2-1", "3.1.1:MQTT-7.1.1-1")]
    public async Task MQTT_4_2_1_Tcp_carries_the_bytes_however_they_are_cut()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync();
        byte[] all = [.. RawConnection.Bytes(TestBroker.Login(null, null, MqttVersion.V311), MqttVersion.V311), 0xC0, 0];
        foreach (var one in all) await connection.SendAsync(one);
        await connection.ReceiveAsync(PacketType.Connack);
        await connection.ReceiveAsync(PacketType.Pingresp);
    }

    private static SubscriptionRequest Request(string filter, int qos) => new(TopicFilter.Parse(filter), (QualityOfService)qos);
}
