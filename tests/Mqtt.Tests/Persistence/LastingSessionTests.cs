namespace Weir.Mqtt.Tests.Persistence;

/// <summary>What a broker that comes after a crash still knows.</summary>
public sealed class LastingSessionTests
{
    private static readonly Properties Lasting = new() { SessionExpiryInterval = 3600 };

    private CrashedJournal journal = new();

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task Subscriptions_and_waiting_messages_outlive_the_broker(MqttVersion version)
    {
        await using (var broker = await StartAsync())
        {
            await using (var subscriber = await OpenAsync(broker, "s", version))
            {
                await subscriber.SubscribeAsync("a/+", 2, identifier: version == MqttVersion.V5 ? 7 : 0);
                await subscriber.SubscribeAsync("gone", 1);
                await subscriber.SendAsync(new UnsubscribePacket(2, [TopicFilter.Parse("gone")]));
                await subscriber.ReceiveAsync(PacketType.Unsuback);
            }
            await PublishAsync(broker, ("a/1", "one", 1), ("a/2", "two", 2), ("gone", "three", 1), ("a/3", "zero", 0));
        }
        journal = journal.Crash();

        await using var next = await StartAsync();
        await using var back = await OpenAsync(next, "s", version);
        Assert.True(back.Connack.SessionPresent);
        var (first, second) = (await back.ReceivePublishAsync(), await back.ReceivePublishAsync());
        Assert.Equal((("a/1", "one", 1), ("a/2", "two", 2)), ((first.Topic, first.Payload, first.QoS), (second.Topic, second.Payload, second.QoS)));
        if (version == MqttVersion.V5) Assert.Equal([7], first.Identifiers);
        await back.AcknowledgeAsync(PacketType.Puback, first.Id);
        await PublishAsync(next, ("a/9", "new", 1), ("gone", "no", 1));
        Assert.Equal("new", (await back.ReceivePublishAsync()).Payload);
        await back.PingAsync();
    }

    [Fact]
    public async Task What_was_acknowledged_does_not_come_again_and_what_was_sent_comes_with_its_identifier()
    {
        ushort unfinished;
        await using (var broker = await StartAsync())
        {
            await using var subscriber = await OpenAsync(broker, "s");
            await subscriber.SubscribeAsync("a", 1);
            await PublishAsync(broker, ("a", "1", 1), ("a", "2", 1), ("a", "3", 1));
            var ids = new List<ushort>();
            for (var i = 0; i < 3; i++) ids.Add((await subscriber.ReceivePublishAsync()).Id);
            await subscriber.AcknowledgeAsync(PacketType.Puback, ids[0]);
            await subscriber.AcknowledgeAsync(PacketType.Puback, ids[2]);
            unfinished = ids[1];
            await subscriber.PingAsync();
            await PublishAsync(broker, ("other", "so that the journal has all before", 1));
            await SettleAsync(broker);
            journal = journal.Crash();
        }
        await using var next = await StartAsync();
        await using var back = await OpenAsync(next, "s");
        var again = await back.ReceivePublishAsync();
        Assert.Equal(("2", unfinished, true), (again.Payload, again.Id, again.Duplicate));
        await back.PingAsync();
        await PublishAsync(next, ("a", "4", 1));
        var fresh = await back.ReceivePublishAsync();
        Assert.Equal(("4", false), (fresh.Payload, fresh.Duplicate));
        Assert.NotEqual(unfinished, fresh.Id);
    }

    [Fact]
    public async Task Qos_2_to_a_subscriber_goes_on_with_pubrel_after_a_crash()
    {
        ushort id;
        await using (var broker = await StartAsync())
        {
            await using var subscriber = await OpenAsync(broker, "s");
            await subscriber.SubscribeAsync("a", 2);
            await PublishAsync(broker, ("a", "once", 2));
            id = (await subscriber.ReceivePublishAsync()).Id;
            await subscriber.AcknowledgeAsync(PacketType.Pubrec, id);
            Assert.Equal(id, (await subscriber.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
            journal = journal.Crash();
        }
        await using (var next = await StartAsync())
        {
            await using var back = await OpenAsync(next, "s");
            Assert.Equal(id, (await back.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
            await back.AcknowledgeAsync(PacketType.Pubcomp, id);
            await back.PingAsync();
            await SettleAsync(next);
            journal = journal.Crash();
        }
        await using var last = await StartAsync();
        await using var done = await OpenAsync(last, "s");
        await done.PingAsync();
    }

    [Fact]
    public async Task Qos_2_from_a_publisher_is_taken_once_over_a_crash()
    {
        await using (var broker = await StartAsync())
        {
            await using (var subscriber = await OpenAsync(broker, "s")) await subscriber.SubscribeAsync("a", 1);
            await using var publisher = await OpenAsync(broker, "p");
            await publisher.PublishAsync("a", "once", 2, 9);
            Assert.Equal(9, (await publisher.ReceiveAcknowledgementAsync(PacketType.Pubrec)).PacketIdentifier);
            journal = journal.Crash();
        }
        await using (var next = await StartAsync())
        {
            await using var publisher = await OpenAsync(next, "p");
            await publisher.PublishAsync("a", "once", 2, 9, duplicate: true);
            await publisher.ReceiveAcknowledgementAsync(PacketType.Pubrec);
            await publisher.AcknowledgeAsync(PacketType.Pubrel, 9);
            await publisher.ReceiveAcknowledgementAsync(PacketType.Pubcomp);
            journal = journal.Crash();
        }
        await using var last = await StartAsync();
        await using var again = await OpenAsync(last, "p");
        await again.PublishAsync("a", "new under the same identifier", 2, 9);
        await again.ReceiveAcknowledgementAsync(PacketType.Pubrec);
        await using var back = await OpenAsync(last, "s");
        Assert.Equal("once", (await back.ReceivePublishAsync()).Payload);
        Assert.Equal("new under the same identifier", (await back.ReceivePublishAsync()).Payload);
        await back.PingAsync();
    }

    [Fact]
    public async Task Nothing_is_acknowledged_before_the_journal_has_it()
    {
        await using var broker = await StartAsync();
        await using (var subscriber = await OpenAsync(broker, "s")) await subscriber.SubscribeAsync("a", 1);
        await Poll.UntilAsync(() => broker.Broker.GetClients().Any(c => c is { ClientId: "s", IsConnected: false }), "s has gone");
        await using var publisher = await broker.OpenAsync("p");
        journal.Hold();
        await publisher.PublishAsync("a", "1", 1, 1);
        await publisher.PublishAsync("b", "nobody keeps this one", 1, 2);
        await Poll.UntilAsync(() => broker.Broker.GetClient("s")!.Status.QueuedMessages == 1 && broker.Broker.GetStatistics().MessagesReceived == 2, "both are taken");
        // A ping is answered at once: the acknowledgements are what waits.
        await publisher.PingAsync();
        journal.LetGo();
        Assert.Equal(1, (await publisher.ReceiveAcknowledgementAsync(PacketType.Puback)).PacketIdentifier);
        Assert.Equal(2, (await publisher.ReceiveAcknowledgementAsync(PacketType.Puback)).PacketIdentifier);
    }

    [Fact]
    public async Task A_journal_that_fails_is_tried_again_until_it_works()
    {
        await using var broker = await StartAsync();
        await using (var subscriber = await OpenAsync(broker, "s")) await subscriber.SubscribeAsync("a", 1);
        journal.FailOnce();
        await PublishAsync(broker, ("a", "1", 1));
        journal = journal.Crash();
        await using var next = await StartAsync();
        await using var back = await OpenAsync(next, "s");
        Assert.Equal("1", (await back.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public async Task Retained_messages_outlive_the_broker_until_they_are_removed()
    {
        await using (var broker = await StartAsync())
        {
            await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
            await publisher.PublishAsync("kept", "old", 1, 1, retain: true);
            await publisher.PublishAsync("kept", "new", 1, 2, retain: true);
            await publisher.PublishAsync("removed", "x", 1, 3, retain: true);
            await publisher.PublishAsync("removed", "", 1, 4, retain: true);
            await publisher.PingAfterAcknowledgementsAsync(4);
            journal = journal.Crash();
        }
        await using var next = await StartAsync();
        await using var subscriber = await next.OpenAsync("s", MqttVersion.V5);
        await subscriber.SubscribeAsync("+", 1);
        var retained = await subscriber.ReceivePublishAsync();
        Assert.Equal(("kept", "new", true), (retained.Topic, retained.Payload, retained.Retain));
        await subscriber.PingAsync();
        Assert.Equal(1, next.Broker.GetClients().Single(c => c.ClientId == "s").MessagesSent);
    }

    [Fact]
    public async Task A_session_that_has_ended_does_not_come_back()
    {
        await using (var broker = await StartAsync())
        {
            foreach (var client in (string[])["cleaned", "passing", "ended"])
            {
                await using var connection = await OpenAsync(broker, client);
                await connection.SubscribeAsync("a", 1);
            }
            await using (var cleaned = await broker.OpenAsync("cleaned", MqttVersion.V5)) await cleaned.PingAsync();
            await using (var passing = await broker.OpenAsync("passing", MqttVersion.V5, clean: false))
            {
                Assert.True(passing.Connack.SessionPresent);
            }
            Assert.True(broker.Broker.Disconnect("ended", endSession: true));
            await Poll.UntilAsync(() => broker.Broker.GetClients().Count == 0, "all sessions have ended");
            await SettleAsync(broker);
            journal = journal.Crash();
        }
        await using var next = await StartAsync();
        Assert.Empty(next.Broker.GetClients());
    }

    [Fact]
    public async Task The_will_of_a_client_whose_broker_crashed_is_published_by_the_next()
    {
        await using (var broker = await StartAsync())
        {
            await using var watcher = await OpenAsync(broker, "watcher");
            await watcher.SubscribeAsync("wills", 1);
            await using var dying = await broker.OpenAsync("dying", MqttVersion.V5, properties: Lasting,
                will: new WillMessage("wills", "gone"u8.ToArray(), QualityOfService.AtLeastOnce, false, new Properties()));
            await using var leaving = await broker.OpenAsync("leaving", MqttVersion.V5, properties: Lasting,
                will: new WillMessage("wills", "never"u8.ToArray(), QualityOfService.AtLeastOnce, false, new Properties()));
            await leaving.SendAsync(new DisconnectPacket(ReasonCode.Success));
            await leaving.AssertClosedAsync();
            await Poll.UntilAsync(() => broker.Broker.GetClients().Any(c => c is { ClientId: "leaving", IsConnected: false }), "leaving has left");
            await SettleAsync(broker);
            journal = journal.Crash();
        }
        await using (var next = await StartAsync())
        {
            await using var back = await OpenAsync(next, "watcher");
            var will = await back.ReceivePublishAsync();
            Assert.Equal("gone", will.Payload);
            await back.AcknowledgeAsync(PacketType.Puback, will.Id);
            await back.PingAsync();
            await SettleAsync(next);
            journal = journal.Crash();
        }
        await using var last = await StartAsync();
        await using var again = await OpenAsync(last, "watcher");
        await again.PingAsync();
    }

    [Fact]
    public async Task A_session_expires_while_the_broker_is_away()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using (var broker = await TestBroker.StartAsync(journal: journal, time: time))
        {
            await using (var connection = await broker.OpenAsync("s", MqttVersion.V5, properties: new Properties { SessionExpiryInterval = 60 })) await connection.PingAsync();
            await Poll.UntilAsync(() => broker.Broker.GetClients().Any(c => !c.IsConnected), "s has gone");
            await SettleAsync(broker);
            journal = journal.Crash();
        }
        var later = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(time.GetUtcNow().AddSeconds(61));
        await using var next = await TestBroker.StartAsync(journal: journal, time: later);
        later.Advance(TimeSpan.FromSeconds(1));
        await Poll.UntilAsync(() => next.Broker.GetClients().Count == 0, "the session has expired");
    }

    [Fact]
    public async Task A_message_expires_while_the_broker_is_away()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using (var broker = await TestBroker.StartAsync(journal: journal, time: time))
        {
            await using (var subscriber = await OpenAsync(broker, "s")) await subscriber.SubscribeAsync("a", 1);
            await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
            await publisher.PublishAsync("a", "short", 1, 1, properties: new Properties { MessageExpiryInterval = 10 });
            await publisher.PublishAsync("a", "long", 1, 2, properties: new Properties { MessageExpiryInterval = 100 });
            await publisher.PingAfterAcknowledgementsAsync(2);
            journal = journal.Crash();
        }
        var later = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(time.GetUtcNow().AddSeconds(30));
        await using var next = await TestBroker.StartAsync(journal: journal, time: later);
        await using var back = await OpenAsync(next, "s");
        var message = await back.ReceivePublishAsync();
        Assert.Equal(("long", TimeSpan.FromSeconds(70)), (message.Payload, message.Properties.MessageExpiryInterval));
    }

    [Fact]
    public async Task The_journal_is_told_anew_when_it_is_long_and_nothing_is_lost_by_it()
    {
        await using (var broker = await TestBroker.StartAsync(o => o.JournalCompactBytes = 65_536, journal: journal))
        {
            await using (var subscriber = await OpenAsync(broker, "s")) await subscriber.SubscribeAsync("kept/#", 2);
            await using (var busy = await OpenAsync(broker, "busy")) await busy.SubscribeAsync("busy", 1);
            await using var publisher = await OpenAsync(broker, "p");
            await publisher.PublishAsync("kept/retained", "r", 1, 1, retain: true);
            await publisher.PublishAsync("kept/1", "one", 2, 2);
            await publisher.ReceiveAsync(PacketType.Puback);
            await publisher.ReceiveAsync(PacketType.Pubrec);
            await using var back = await OpenAsync(broker, "busy");
            var text = new string('x', 1000);
            for (ushort i = 10; journal.Snapshots < 2; i++)
            {
                Assert.True(i < 60_000, "The journal was not told anew.");
                await publisher.PublishAsync("busy", text, 1, i);
                await publisher.ReceiveAsync(PacketType.Puback);
                await back.AcknowledgeAsync(PacketType.Puback, (await back.ReceivePublishAsync()).Id);
            }
            journal = journal.Crash();
        }
        Assert.True(journal.Count < 5000);
        await using var next = await StartAsync();
        await using var heir = await OpenAsync(next, "s");
        Assert.Equal("r", (await heir.ReceivePublishAsync()).Payload);
        Assert.Equal("one", (await heir.ReceivePublishAsync()).Payload);
        await heir.PingAsync();
        await using var publisherBack = await OpenAsync(next, "p");
        // The identifier that was not released is still taken: this is a repeat.
        await publisherBack.PublishAsync("kept/1", "one", 2, 2, duplicate: true);
        await publisherBack.ReceiveAsync(PacketType.Pubrec);
        await heir.PingAsync();
        await using var newcomer = await next.OpenAsync("n", MqttVersion.V5);
        await newcomer.SubscribeAsync("kept/retained", 0);
        Assert.Equal("r", (await newcomer.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public async Task Whatever_prefix_of_the_journal_is_left_the_broker_starts_and_keeps_the_order()
    {
        await using (var broker = await StartAsync())
        {
            await using var subscriber = await OpenAsync(broker, "s");
            await subscriber.SubscribeAsync("a", 2);
            await using var publisher = await OpenAsync(broker, "p");
            for (ushort i = 1; i <= 10; i++)
            {
                await publisher.PublishAsync("a", $"{i}", 2, i);
                await publisher.ReceiveAsync(PacketType.Pubrec);
                await publisher.AcknowledgeAsync(PacketType.Pubrel, i);
                await publisher.ReceiveAsync(PacketType.Pubcomp);
                var message = await subscriber.ReceivePublishAsync();
                if (i % 2 == 0) continue;
                await subscriber.AcknowledgeAsync(PacketType.Pubrec, message.Id);
                await subscriber.ReceiveAsync(PacketType.Pubrel);
            }
        }
        var whole = journal;
        for (var keep = 0; keep <= whole.Count; keep++)
        {
            journal = whole.Crash(keep);
            await using var next = await StartAsync();
            await using var back = await OpenAsync(next, "s");
            await back.SendAsync(0xC0, 0);
            var last = 0;
            for (var frame = await back.ReceiveAsync(); frame!.Type != PacketType.Pingresp; frame = await back.ReceiveAsync())
            {
                if (frame.Type != PacketType.Publish) continue;
                var number = int.Parse(back.ToPublish(frame).Payload, System.Globalization.CultureInfo.InvariantCulture);
                Assert.True(number > last, $"With {keep} entries, {number} comes after {last}.");
                last = number;
            }
        }
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_ends_the_start_with_a_sentence()
    {
        journal = new CrashedJournal([[0, 0, 0, 9, 200, 0, 0, 0, 0, 0, 0, 0, 1]]);
        await using (var fine = await StartAsync()) await fine.OpenAsync("c", MqttVersion.V5);
        journal = new CrashedJournal([[0, 0, 0, 12, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 200, 1]]);
        var fault = await Assert.ThrowsAsync<InvalidDataException>(StartAsync);
        Assert.Contains("journal", fault.Message, StringComparison.Ordinal);
    }

    private Task<TestBroker> StartAsync() => TestBroker.StartAsync(journal: journal);

    private static Task<RawConnection> OpenAsync(TestBroker broker, string clientId, MqttVersion version = MqttVersion.V5) =>
        broker.OpenAsync(clientId, version, clean: false, properties: version == MqttVersion.V5 ? Lasting : null);

    private static async Task PublishAsync(TestBroker broker, params (string Topic, string Payload, int QoS)[] messages)
    {
        await using var publisher = await broker.OpenAsync("publisher", MqttVersion.V5);
        ushort id = 0;
        foreach (var (topic, payload, qos) in messages)
        {
            await publisher.PublishAsync(topic, payload, qos, qos == 0 ? (ushort)0 : ++id);
            if (qos > 0) await publisher.ReceiveAsync(qos == 1 ? PacketType.Puback : PacketType.Pubrec);
        }
        await publisher.PingAsync();
    }

    /// <summary>Waits until the journal has all that was recorded: a subscription of a session that lasts is answered after that.</summary>
    private static async Task SettleAsync(TestBroker broker)
    {
        await using var connection = await broker.OpenAsync("settling", MqttVersion.V5, properties: new Properties { SessionExpiryInterval = 1 });
        await connection.SubscribeAsync("settling", 1);
        await connection.SendAsync(new DisconnectPacket(ReasonCode.Success) { Properties = new Properties { SessionExpiryInterval = 0 } });
        await connection.AssertClosedAsync();
    }
}
