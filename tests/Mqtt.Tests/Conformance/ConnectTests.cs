using System.Diagnostics;

namespace Weir.Mqtt.Tests.Conformance;

/// <summary>Sections 3.1 and 3.2: CONNECT and CONNACK.</summary>
public sealed class ConnectTests
{
    private static readonly byte[] Name = [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T'];

    private static byte[] Connect(MqttVersion version, byte flags, params byte[] payload) =>
        FormatTests.Packet(0x10, [.. Name, (byte)version, flags, 0, 0, .. version == MqttVersion.V5 ? new byte[] { 0 } : [], .. payload]);

    [Theory, Statement("MQTT-3.1.0-1", "3.1.1:MQTT-3.1.0-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_0_1_The_first_packet_must_be_connect(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync(version);
        await connection.PublishAsync("a", "x");
        await connection.AssertClosedAsync();
    }

    [Theory, Statement("MQTT-3.1.0-2", "MQTT-3.2.0-2", "3.1.1:MQTT-3.1.0-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_0_2_A_second_connect_is_a_protocol_error(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SendAsync(Connect(version, 2, 0, 1, 97));
        if (version == MqttVersion.V5) Assert.Equal(ReasonCode.ProtocolError, await connection.ReceiveDisconnectAsync());
        else await connection.AssertClosedAsync();
    }

    [Fact, Statement("MQTT-3.1.2-1", "MQTT-3.1.4-1", "3.1.1:MQTT-3.1.2-1", "3.1.1:MQTT-3.1.4-1", "3.1.1:MQTT-3.2.2-6")]
    public async Task MQTT_3_1_2_1_Another_protocol_name_closes_the_connection()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync();
        await connection.SendAsync(FormatTests.Packet(0x10, [0, 4, (byte)'H', (byte)'T', (byte)'T', (byte)'P', 4, 2, 0, 0, 0, 1, 97]));
        await connection.AssertClosedAsync();
    }

    [Theory, Statement("MQTT-3.1.2-2", "3.1.1:MQTT-3.1.2-2")]
    [InlineData(3)]
    [InlineData(6)]
    public async Task MQTT_3_1_2_2_Another_protocol_version_is_refused(byte version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync();
        await connection.SendAsync(FormatTests.Packet(0x10, [.. Name, version, 2, 0, 0, 0, 1, 97]));
        Assert.Equal([0x20, 2, 0, 1], (await connection.ReceiveAsync(PacketType.Connack)).Bytes);
        await connection.AssertClosedAsync();
    }

    [Theory, Statement("MQTT-3.1.2-3", "MQTT-3.1.2-9", "MQTT-3.1.2-11", "MQTT-3.1.2-12", "MQTT-3.1.2-13", "MQTT-3.1.2-16", "MQTT-3.1.2-17", "MQTT-3.1.2-18", "MQTT-3.1.2-19",
        "MQTT-3.1.3-1", "MQTT-3.1.3-3", "3.1.1:MQTT-3.1.2-3", "3.1.1:MQTT-3.1.2-9", "3.1.1:MQTT-3.1.2-11", "3.1.1:MQTT-3.1.2-13", "3.1.1:MQTT-3.1.2-14", "3.1.1:MQTT-3.1.2-15",
        "3.1.1:MQTT-3.1.2-18", "3.1.1:MQTT-3.1.2-19", "3.1.1:MQTT-3.1.2-20", "3.1.1:MQTT-3.1.2-21", "3.1.1:MQTT-3.1.3-1", "3.1.1:MQTT-3.1.3-3")]
    [InlineData(0x03, "000161")] // the reserved flag
    [InlineData(0x02, "")] // no client identifier
    [InlineData(0x06, "000161")] // a will that is not there
    [InlineData(0x06, "0001610001620005")] // a will's payload that is cut
    [InlineData(0x0A, "000161")] // a will's QoS without will
    [InlineData(0x1E, "000161000162000163")] // QoS 3 for the will
    [InlineData(0x22, "000161")] // a will that is retained, but is none
    [InlineData(0x02, "000161000162")] // a user name without its flag
    [InlineData(0x82, "000161")] // the flag without a user name
    [InlineData(0xC2, "000161000162")] // the flag without a password
    [InlineData(0x82, "000161000162000163")] // a password without its flag
    public async Task MQTT_3_1_2_3_A_connect_whose_flags_and_payload_disagree_closes_the_connection(byte flags, string payload)
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (var version in (MqttVersion[])[MqttVersion.V311, MqttVersion.V5])
        {
            await using var connection = await broker.OpenAsync(version);
            await connection.SendAsync(Connect(version, flags, Convert.FromHexString(payload)));
            await connection.AssertClosedAsync();
        }
    }

    [Fact, Statement("3.1.1:MQTT-3.1.2-22")]
    public async Task MQTT_3_1_2_22_In_3_1_1_a_password_needs_a_user_name()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync();
        await connection.SendAsync(Connect(MqttVersion.V311, 0x42, 0, 1, 97, 0, 1, 98));
        await connection.AssertClosedAsync();
        await using var newer = await broker.OpenAsync(MqttVersion.V5);
        await newer.SendAsync(Connect(MqttVersion.V5, 0x42, 0, 1, 97, 0, 1, 98));
        await newer.ReceiveAsync(PacketType.Connack);
    }

    [Theory, Statement("MQTT-3.1.2-4", "MQTT-3.1.4-4", "MQTT-3.2.2-2", "3.1.1:MQTT-3.1.2-6", "3.1.1:MQTT-3.1.4-3", "3.1.1:MQTT-3.2.2-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_2_4_Clean_start_discards_the_session(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var first = await OpenLastingAsync(broker, version)) await first.SubscribeAsync("a", 1);
        await using (var second = await OpenLastingAsync(broker, version, clean: true))
        {
            Assert.False(second.Connack.SessionPresent);
            await second.PublishAsync("a", "x", 1, 1);
            await second.ReceiveAsync(PacketType.Puback);
            await second.PingAsync();
        }
    }

    [Theory, Statement("MQTT-3.1.2-5", "MQTT-3.1.2-6", "MQTT-3.1.2-23", "MQTT-3.1.3-2", "MQTT-3.2.2-3", "MQTT-4.1.0-1", "MQTT-4.5.0-1", "3.1.1:MQTT-3.1.2-4", "3.1.1:MQTT-3.1.2-5",
        "3.1.1:MQTT-3.1.3-2", "3.1.1:MQTT-3.2.2-2", "3.1.1:MQTT-3.2.2-3", "3.1.1:MQTT-4.1.0-1", "3.1.1:MQTT-4.5.0-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_2_5_A_session_goes_on_where_it_was(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var first = await OpenLastingAsync(broker, version))
        {
            Assert.False(first.Connack.SessionPresent);
            await first.SubscribeAsync("a", 1);
        }
        await using (var publisher = await broker.OpenAsync("p"))
        {
            await publisher.PublishAsync("a", "while away", 1, 1);
            await publisher.ReceiveAsync(PacketType.Puback);
        }
        await using var second = await OpenLastingAsync(broker, version);
        Assert.True(second.Connack.SessionPresent);
        Assert.Equal("while away", (await second.ReceivePublishAsync()).Payload);
        await using var another = await broker.OpenAsync("another", version, clean: false);
        Assert.False(another.Connack.SessionPresent);
    }

    [Theory, Statement("MQTT-3.1.2-7", "MQTT-3.1.2-8", "MQTT-3.1.2-14", "MQTT-3.1.2-15", "3.1.1:MQTT-3.1.2-8", "3.1.1:MQTT-3.1.2-16", "3.1.1:MQTT-3.1.2-17")]
    [InlineData(MqttVersion.V311, false)]
    [InlineData(MqttVersion.V311, true)]
    [InlineData(MqttVersion.V5, false)]
    [InlineData(MqttVersion.V5, true)]
    public async Task MQTT_3_1_2_7_A_will_is_published_as_it_says_when_the_connection_breaks(MqttVersion version, bool retain)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await broker.OpenAsync("w", version);
        await watcher.SubscribeAsync("will", 2);
        await using (await broker.OpenAsync("dying", version, will: Will("will", 2, retain)))
        {
        }
        var message = await watcher.ReceivePublishAsync();
        Assert.Equal(("gone", 2), (message.Payload, message.QoS));
        Assert.Equal(retain ? 1 : 0, broker.Broker.GetStatistics().RetainedMessages);
    }

    [Theory, Statement("MQTT-3.1.2-10", "MQTT-3.14.4-3", "3.1.1:MQTT-3.1.2-10", "3.1.1:MQTT-3.1.2-12", "3.1.1:MQTT-3.14.4-3")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_2_10_A_will_is_gone_with_a_normal_disconnect_and_published_only_once(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await broker.OpenAsync("w", version);
        await watcher.SubscribeAsync("will", 0);
        await using (var leaving = await broker.OpenAsync("leaving", version, will: Will("will")))
        {
            await leaving.SendAsync(new DisconnectPacket(ReasonCode.Success));
            await leaving.AssertClosedAsync();
        }
        await using (await broker.OpenAsync("without will", version))
        {
        }
        await using (await broker.OpenAsync("dying", version, will: Will("will")))
        {
        }
        Assert.Equal("gone", (await watcher.ReceivePublishAsync()).Payload);
        await using (await broker.OpenAsync("dying", version))
        {
        }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "all but the watcher have gone");
        await watcher.PingAsync();
    }

    [Theory, Statement("MQTT-3.1.2-22", "MQTT-3.2.2-22", "3.1.1:MQTT-3.1.2-24")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_2_22_Silence_for_one_and_a_half_times_the_keep_alive_ends_the_connection_and_not_before(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await broker.OpenAsync("w", version);
        await watcher.SubscribeAsync("will", 0);
        var clock = Stopwatch.StartNew();
        await using var silent = await broker.OpenAsync("silent", version, keepAlive: 1, will: Will("will"));
        Assert.Equal("gone", (await watcher.ReceivePublishAsync()).Payload);
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(1.4), $"It was closed after {clock.Elapsed}.");
        if (version == MqttVersion.V5) Assert.Equal(ReasonCode.KeepAliveTimeout, await silent.ReceiveDisconnectAsync());
        else await silent.AssertClosedAsync();
    }

    [Fact, Statement("MQTT-3.1.2-24", "MQTT-3.1.2-25")]
    public async Task MQTT_3_1_2_24_What_is_larger_than_the_client_takes_is_not_sent_and_the_rest_goes_on()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5, properties: new Properties { MaximumPacketSize = 64 });
        await subscriber.SubscribeAsync("a", 1);
        await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
        await publisher.PublishAsync("a", new string('x', 100), 1, 1);
        await publisher.PublishAsync("a", "small", 1, 2);
        Assert.Equal("small", (await subscriber.ReceivePublishAsync()).Payload);
        var status = broker.Broker.GetClient("s")!.Status;
        Assert.Equal((1, 1), (status.Dropped.PacketTooLarge, status.InflightMessages));
    }

    [Fact, Statement("MQTT-3.1.2-26", "MQTT-3.3.2-11")]
    public async Task MQTT_3_1_2_26_No_topic_alias_is_above_the_clients_maximum()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5, properties: new Properties { TopicAliasMaximum = 2 });
        await subscriber.SubscribeAsync("plant/#", 1);
        await using var publisher = await broker.OpenAsync("p");
        string[] topics = ["plant/one", "plant/two", "plant/three", "plant/one", "plant/two", "plant/three"];
        foreach (var topic in topics) await publisher.PublishAsync(topic, "x");
        var seen = new List<(string Topic, int? Alias)>();
        for (var i = 0; i < topics.Length; i++)
        {
            var frame = await subscriber.ReceiveAsync(PacketType.Publish);
            var layout = PublishLayout.Read(frame.Bytes, frame.BodyStart, MqttVersion.V5);
            var scan = PublishPropertyScan.Read(frame.Bytes.AsSpan(layout.PropertiesStart, layout.PropertiesLength));
            seen.Add((FormatTests.Text(frame.Bytes[layout.TopicStart..(layout.TopicStart + layout.TopicLength)]), scan.TopicAlias));
        }
        Assert.Equal([("plant/one", 1), ("plant/two", 2), ("plant/three", null), ("", 1), ("", 2), ("plant/three", null)], seen);
    }

    [Fact, Statement("MQTT-3.1.2-27")]
    public async Task MQTT_3_1_2_27_A_client_that_says_nothing_of_topic_aliases_gets_none()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5);
        await subscriber.SubscribeAsync("plant/one", 0);
        for (var i = 0; i < 2; i++)
        {
            await subscriber.PublishAsync("plant/one", "x");
            Assert.Equal(RawConnection.PublishBytes(MqttVersion.V5, "plant/one", "x"), (await subscriber.ReceiveAsync(PacketType.Publish)).Bytes);
        }
    }

    [Theory, Statement("MQTT-3.1.2-28")]
    [InlineData(null, null)]
    [InlineData(0, null)]
    [InlineData(1, "answers/c")]
    public async Task MQTT_3_1_2_28_Response_information_comes_only_when_asked_for(int? asks, string? expected)
    {
        await using var broker = await TestBroker.StartAsync(o => o.ResponseInformation = "answers/%c");
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5, properties: new Properties { RequestResponseInformation = (byte?)asks });
        Assert.Equal(expected, connection.Connack.Properties.ResponseInformation);
    }

    [Theory, Statement("MQTT-3.1.2-29")]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task MQTT_3_1_2_29_Answers_carry_no_reason_string_for_a_client_that_wants_none(byte wants, bool expected)
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxTopicLevels = 2);
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5, properties: new Properties { RequestProblemInformation = wants });
        await connection.SendAsync(new SubscribePacket(1, [new SubscriptionRequest(TopicFilter.Parse("a/b/c"), QualityOfService.AtMostOnce)]));
        var suback = SubackPacket.Read(await connection.ReceiveAsync(PacketType.Suback), MqttVersion.V5);
        Assert.Equal(expected, suback.Why is not null);
        await connection.PublishAsync("a", "\xFF"[..0] + "x", 1, 1, properties: new Properties());
        await connection.ReceiveAsync(PacketType.Puback);
        await connection.SendAsync(FormatTests.Packet(0x32, [0, 1, 97, 0, 2, 2, 1, 1, 0xFF]));
        var puback = await connection.ReceiveAsync(PacketType.Puback);
        Assert.Equal(expected, puback.Bytes.Length > 5);
    }

    [Fact, Statement("MQTT-3.1.3-5", "3.1.1:MQTT-3.1.3-5")]
    public async Task MQTT_3_1_3_5_Client_identifiers_of_1_to_23_letters_and_digits_are_allowed()
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (var id in (string[])["0", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"])
        {
            await using var connection = await broker.OpenAsync(id, MqttVersion.V5);
            Assert.Null(connection.Connack.Properties.AssignedClientIdentifier);
        }
    }

    [Fact, Statement("MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16", "3.1.1:MQTT-3.1.3-6", "3.1.1:MQTT-3.1.3-7")]
    public async Task MQTT_3_1_3_6_A_client_without_identifier_gets_one_of_its_own()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var first = await broker.OpenAsync("", MqttVersion.V5);
        await using var second = await broker.OpenAsync("", MqttVersion.V5);
        await using var older = await broker.OpenAsync("", MqttVersion.V311);
        var assigned = (string[])[first.Connack.Properties.AssignedClientIdentifier!, second.Connack.Properties.AssignedClientIdentifier!];
        Assert.Equal(2, assigned.Where(id => !string.IsNullOrEmpty(id)).Distinct().Count());
        Assert.Equal(3, broker.Broker.GetClients().Count);
        Assert.Contains(broker.Broker.GetClients(), c => c.ClientId == assigned[0]);
    }

    [Fact, Statement("MQTT-3.1.3-8", "3.1.1:MQTT-3.1.3-8", "3.1.1:MQTT-3.1.3-9")]
    public async Task MQTT_3_1_3_8_A_client_identifier_that_is_not_accepted_is_told_so()
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxClientIdLength = 23);
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, await broker.ReasonAsync(TestBroker.Login(null, null, clientId: new string('x', 24))));
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, await broker.ReasonAsync(TestBroker.Login(null, null, MqttVersion.V311, "") with { CleanStart = false }));
    }

    [Fact, Statement("MQTT-3.1.3-9")]
    public async Task MQTT_3_1_3_9_A_will_with_a_delay_is_not_sent_when_the_client_is_back_before()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var broker = await TestBroker.StartAsync(time: time);
        await using var watcher = await broker.OpenAsync("w", MqttVersion.V5);
        await watcher.SubscribeAsync("will", 0);
        var delayed = Will("will") with { Properties = new Properties { WillDelayInterval = 10 } };
        await using (await broker.OpenAsync("back", MqttVersion.V5, clean: false, properties: new Properties { SessionExpiryInterval = 60 }, will: delayed))
        {
        }
        await Poll.UntilAsync(() => broker.Broker.GetClients().Any(c => c is { ClientId: "back", IsConnected: false }), "the client has gone");
        await using var again = await broker.OpenAsync("back", MqttVersion.V5, clean: false, properties: new Properties { SessionExpiryInterval = 60 });
        for (var i = 0; i < 60; i++) time.Advance(TimeSpan.FromMilliseconds(250));
        await watcher.PingAsync();
    }

    [Fact, Statement("MQTT-3.1.3-10", "MQTT-3.3.2-17", "MQTT-3.3.2-18", "MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-20")]
    public async Task MQTT_3_1_3_10_Properties_reach_the_subscriber_unaltered_and_in_their_order()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await broker.OpenAsync("w", MqttVersion.V5);
        await watcher.SubscribeAsync("#", 1);
        var sent = Full();
        await using (await broker.OpenAsync("dying", MqttVersion.V5, will: Will("will") with { Properties = Full() }))
        {
        }
        AssertFull(await watcher.ReceivePublishAsync());
        await watcher.PublishAsync("a", "text", 1, 1, properties: sent);
        ReceivedFrame frame;
        while ((frame = (await watcher.ReceiveAsync())!).Type != PacketType.Publish)
        {
        }
        AssertFull(watcher.ToPublish(frame));

        static Properties Full()
        {
            var properties = new Properties { PayloadFormatIndicator = 1, ContentType = "text/plain", ResponseTopic = "answers", CorrelationData = [1, 0, 255] };
            properties.UserProperties.AddRange([new UserProperty("b", "2"), new UserProperty("a", "1"), new UserProperty("b", "1")]);
            return properties;
        }

        static void AssertFull(ReceivedPublish message)
        {
            var got = message.Properties;
            Assert.Equal((true, "text/plain", "answers"), (got.PayloadIsText, got.ContentType, got.ResponseTopic));
            Assert.Equal([1, 0, 255], got.CorrelationData!.Value.ToArray());
            Assert.Equal([("b", "2"), ("a", "1"), ("b", "1")], got.UserProperties.Select(p => (p.Name, p.Value)));
        }
    }

    [Fact, Statement("MQTT-3.1.4-2", "MQTT-3.2.2-7", "MQTT-3.2.2-8", "MQTT-4.13.2-1", "3.1.1:MQTT-3.2.2-5")]
    public async Task MQTT_3_1_4_2_A_client_that_may_not_come_in_is_refused_and_its_connection_closed()
    {
        await using var broker = await TestBroker.StartAsync(secure: s => s.FailureDelay = s.MaxFailureDelay = TimeSpan.Zero);
        Assert.Equal(ReasonCode.NotAuthorized, await broker.ReasonAsync(TestBroker.Login(null, null)));
        Assert.Equal(ReasonCode.NotAuthorized, await broker.ReasonAsync(TestBroker.Login(null, null, MqttVersion.V311)));
    }

    [Theory, Statement("MQTT-3.1.4-3", "3.1.1:MQTT-3.1.4-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_4_3_A_second_client_of_an_identifier_ends_the_first(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var first = await broker.OpenAsync("same", version);
        await using var second = await broker.OpenAsync("same", version);
        if (version == MqttVersion.V5) Assert.Equal(ReasonCode.SessionTakenOver, await first.ReceiveDisconnectAsync());
        else await first.AssertClosedAsync();
        await second.PingAsync();
    }

    [Theory, Statement("MQTT-3.1.4-5", "MQTT-3.2.0-1", "MQTT-3.2.2-1", "3.1.1:MQTT-3.1.4-4", "3.1.1:MQTT-3.2.0-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_4_5_Connack_comes_first_though_messages_wait(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using (var first = await OpenLastingAsync(broker, version)) await first.SubscribeAsync("a", 1);
        await using (var publisher = await broker.OpenAsync("p"))
        {
            await publisher.PublishAsync("a", "waiting", 1, 1);
            await publisher.ReceiveAsync(PacketType.Puback);
        }
        await using var back = await broker.OpenAsync(version);
        await back.SendAsync(new ConnectPacket { Version = version, ClientId = "lasting", Properties = new Properties { SessionExpiryInterval = 60 } });
        var connack = await back.ReceiveAsync(PacketType.Connack);
        Assert.Equal(1, connack.Bytes[2]);
        await back.ReceiveAsync(PacketType.Publish);
    }

    [Theory, Statement("MQTT-3.1.4-6", "MQTT-3.2.2-6", "3.1.1:MQTT-3.1.4-5", "3.1.1:MQTT-3.2.2-4")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_3_1_4_6_Nothing_after_a_refused_connect_is_processed(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxClientIdLength = 23);
        await using var watcher = await broker.OpenAsync("w");
        await watcher.SubscribeAsync("#", 0);
        await using var connection = await broker.OpenAsync(version);
        byte[] both = [
            .. RawConnection.Bytes(new ConnectPacket { Version = version, ClientId = new string('x', 30), CleanStart = false }, version),
            .. RawConnection.PublishBytes(version, "a", "must not pass"),
        ];
        await connection.SendAsync(both);
        Assert.Equal(0, (await connection.ReceiveAsync(PacketType.Connack)).Bytes[2]);
        await connection.AssertClosedAsync();
        await watcher.PingAsync();
        Assert.Equal(0, broker.Broker.GetStatistics().MessagesReceived);
    }

    [Fact, Statement("MQTT-3.2.2-19", "MQTT-3.2.2-20")]
    public async Task MQTT_3_2_2_19_Connack_leaves_the_reason_out_where_it_would_be_too_large()
    {
        await using var broker = await TestBroker.StartAsync(secure: s => s.FailureDelay = s.MaxFailureDelay = TimeSpan.Zero);
        var (connection, answer) = await broker.AskAsync(TestBroker.Login(null, null) with { Properties = new Properties { MaximumPacketSize = 20 } });
        Assert.Equal((ReasonCode.NotAuthorized, null), (answer.Reason, answer.Properties.ReasonString));
        await connection.DisposeAsync();
    }

    [Fact, Statement("MQTT-3.1.2-21", "MQTT-3.2.2-21")]
    public async Task MQTT_3_2_2_21_The_brokers_keep_alive_holds_in_place_of_the_clients()
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxKeepAlive = TimeSpan.FromSeconds(5));
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5, keepAlive: 60);
        Assert.Equal((ushort)5, connection.Connack.Properties.ServerKeepAlive);
        Assert.Equal(TimeSpan.FromSeconds(5), broker.Broker.GetClient("c")!.Status.KeepAlive);
    }

    internal static WillMessage Will(string topic, int qos = 0, bool retain = false) =>
        new(topic, "gone"u8.ToArray(), (QualityOfService)qos, retain, new Properties());

    internal static async Task<RawConnection> OpenLastingAsync(TestBroker broker, MqttVersion version, bool clean = false, string clientId = "lasting")
    {
        await Poll.UntilAsync(() => broker.Broker.GetClient(clientId) is not { Status.IsConnected: true }, "the client has gone");
        return await broker.OpenAsync(clientId, version, clean, version == MqttVersion.V5 ? new Properties { SessionExpiryInterval = 60 } : null);
    }
}
