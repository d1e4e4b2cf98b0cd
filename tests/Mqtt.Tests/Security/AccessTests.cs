namespace Weir.Mqtt.Tests.Security;

/// <summary>Who may publish and subscribe what.</summary>
public sealed class AccessTests
{
    private static readonly string Hash = PasswordHash.Create("pw"u8, 1000);

    [Fact]
    public async Task What_no_rule_allows_is_refused_with_its_reason_and_counted()
    {
        await using var broker = await StartAsync(new MqttAccessRule { Topic = "open/#" });
        await using var subscriber = await broker.OpenAsync("s", MqttVersion.V5);
        Assert.Equal([ReasonCode.GrantedQoS1], await subscriber.SubscribeAsync("open/#", 1));
        await subscriber.SendAsync(new SubscribePacket(2, [Request("#"), Request("open/x"), Request("$share/g/shut")]));
        var suback = SubackPacket.Read(await subscriber.ReceiveAsync(PacketType.Suback), MqttVersion.V5);
        Assert.Equal([ReasonCode.NotAuthorized, ReasonCode.GrantedQoS1, ReasonCode.NotAuthorized], suback.Reasons);
        Assert.Equal("The access rules do not allow this.", suback.Why);

        await using var publisher = await broker.OpenAsync("p", MqttVersion.V5);
        await publisher.PublishAsync("open/a", "1", 1, 1);
        await publisher.PublishAsync("shut", "2", 1, 2);
        await publisher.PublishAsync("shut", "3", 2, 3);
        await publisher.PublishAsync("shut", "4");
        await publisher.PublishAsync("open/a", "5", 1, 5);
        var reasons = new List<(PacketType, ushort, ReasonCode)>();
        for (var i = 0; i < 4; i++)
        {
            var frame = await publisher.ReceiveAsync();
            var answer = AcknowledgePacket.Read(frame!, MqttVersion.V5);
            reasons.Add((answer.Type, answer.PacketIdentifier, answer.Reason));
        }
        Assert.Equal([
            (PacketType.Puback, 1, ReasonCode.Success), (PacketType.Puback, 2, ReasonCode.NotAuthorized),
            (PacketType.Pubrec, 3, ReasonCode.NotAuthorized), (PacketType.Puback, 5, ReasonCode.Success),
        ], reasons);
        Assert.Equal("1", (await subscriber.ReceivePublishAsync()).Payload);
        Assert.Equal("5", (await subscriber.ReceivePublishAsync()).Payload);
        Assert.Equal(3, broker.Broker.GetStatistics().Dropped.NotAuthorized);
    }

    [Fact]
    public async Task Before_mqtt_5_a_refused_message_ends_the_connection_and_one_of_qos_0_is_dropped()
    {
        await using var broker = await StartAsync(new MqttAccessRule { Topic = "open" });
        await using var publisher = await broker.OpenAsync("p");
        await publisher.PublishAsync("shut", "1");
        await publisher.PingAsync();
        await publisher.PublishAsync("shut", "2", 1, 1);
        await publisher.AssertClosedAsync();
        Assert.Equal(2, broker.Broker.GetStatistics().Dropped.NotAuthorized);
    }

    [Fact]
    public async Task Rules_fill_in_the_user_and_the_client_identifier()
    {
        await using var broker = await StartAsync(
            new MqttAccessRule { Topic = "user/%u/#", Access = MqttAccess.Publish }, new MqttAccessRule { Topic = "client/%c", Access = MqttAccess.Subscribe });
        var (connection, _) = await broker.AskAsync(TestBroker.Login("ann", "pw", clientId: "sensor-1"));
        await connection.PublishAsync("user/ann/temperature", "1", 1, 1);
        Assert.Equal(ReasonCode.Success, (await connection.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
        await connection.PublishAsync("user/bob/temperature", "1", 1, 1);
        Assert.Equal(ReasonCode.NotAuthorized, (await connection.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
        Assert.Equal([ReasonCode.GrantedQoS1], await connection.SubscribeAsync("client/sensor-1", 1));
        Assert.Equal([ReasonCode.NotAuthorized], await connection.SubscribeAsync("client/sensor-2", 1));
        Assert.Equal([ReasonCode.NotAuthorized], await connection.SubscribeAsync("user/ann/#", 1));
        await connection.DisposeAsync();
    }

    [Theory]
    [InlineData("+")]
    [InlineData("#")]
    [InlineData("a/b")]
    public async Task A_client_identifier_cannot_widen_a_rule(string clientId)
    {
        await using var broker = await StartAsync(new MqttAccessRule { Topic = "client/%c" });
        await using var connection = await broker.OpenAsync(clientId, MqttVersion.V5);
        Assert.Equal([ReasonCode.NotAuthorized], await connection.SubscribeAsync($"client/{clientId}", 1));
    }

    [Fact]
    public async Task A_will_where_the_client_may_not_publish_is_refused()
    {
        await using var broker = await StartAsync(new MqttAccessRule { Topic = "open" });
        var will = new WillMessage("shut", [], QualityOfService.AtMostOnce, false, new Properties());
        Assert.Equal(ReasonCode.NotAuthorized, await broker.ReasonAsync(TestBroker.Login(null, null) with { Will = will }));
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login(null, null) with { Will = will with { Topic = "open" } }));
    }

    [Fact]
    public async Task The_first_rule_that_speaks_decides_and_a_refusal_holds_for_any_part_of_a_subscription()
    {
        await using var broker = await StartAsync(new MqttAccessRule { Topic = "secret/#", Allow = false }, new MqttAccessRule { Topic = "#" });
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        Assert.Equal([ReasonCode.NotAuthorized], await connection.SubscribeAsync("#", 0));
        Assert.Equal([ReasonCode.NotAuthorized], await connection.SubscribeAsync("+/x", 0));
        Assert.Equal([ReasonCode.Success], await connection.SubscribeAsync("open/#", 0));
        await connection.PublishAsync("secret", "1", 1, 1);
        Assert.Equal(ReasonCode.NotAuthorized, (await connection.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
    }

    [Theory]
    [InlineData("a/#", "a", true, true)]
    [InlineData("a/#", "a/+/b", true, true)]
    [InlineData("a/+", "a/b", true, true)]
    [InlineData("a/+", "a/#", false, true)]
    [InlineData("a/b", "a/+", false, true)]
    [InlineData("a/+/c", "a/b/+", false, true)]
    [InlineData("a/b", "a/b/c", false, false)]
    [InlineData("#", "$SYS/#", false, false)]
    [InlineData("+/x", "$SYS/x", false, false)]
    [InlineData("a", "b", false, false)]
    public void Filters_cover_and_meet(string whole, string part, bool covers, bool meets)
    {
        var (one, other) = (TopicFilter.Parse(whole), TopicFilter.Parse(part));
        Assert.Equal((covers, meets, meets), (ClientAccess.Covers(one, other), ClientAccess.Meets(one, other), ClientAccess.Meets(other, one)));
    }

    [Fact]
    public async Task Nobody_publishes_what_the_broker_says_of_itself()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.PublishAsync("$SYS/broker/version", "mine", 1, 1);
        Assert.Equal(ReasonCode.NotAuthorized, (await connection.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
    }

    [Fact]
    public async Task The_banned_are_not_let_in_whoever_they_say_they_are()
    {
        await using var broker = await TestBroker.StartAsync(secure: s =>
        {
            s.AllowAnonymous = true;
            s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash });
            s.Bans.Add(new MqttBan { ClientId = "evil", Reason = "It floods." });
            s.Bans.Add(new MqttBan { User = "ann" });
            s.Bans.Add(new MqttBan { ClientId = "past", Until = DateTimeOffset.UtcNow.AddMinutes(-1) });
        });
        var (connection, answer) = await broker.AskAsync(TestBroker.Login(null, null, clientId: "evil"));
        Assert.Equal((ReasonCode.Banned, "It floods."), (answer.Reason, answer.Properties.ReasonString));
        await connection.DisposeAsync();
        Assert.Equal(ReasonCode.Banned, await broker.ReasonAsync(TestBroker.Login("ann", "pw")));
        Assert.Equal(ReasonCode.Success, await broker.ReasonAsync(TestBroker.Login(null, null, clientId: "past")));
        Assert.Equal(2, broker.Broker.Bans.Count);
    }

    [Fact]
    public async Task A_ban_ends_connections_and_can_be_taken_back()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        var ban = new MqttBan { Address = "127.0.0.0/8" };
        broker.Broker.Ban(ban);
        Assert.Equal(ReasonCode.AdministrativeAction, await connection.ReceiveDisconnectAsync());
        await using (var other = await broker.OpenAsync()) await other.AssertClosedAsync();
        Assert.True(broker.Broker.Unban(ban));
        await using var back = await broker.OpenAsync("c", MqttVersion.V5);
        Assert.Throws<ArgumentException>(() => broker.Broker.Ban(new MqttBan { Address = "nowhere" }));
    }

    private static SubscriptionRequest Request(string filter) => new(TopicFilter.Parse(filter), QualityOfService.AtLeastOnce);

    private static Task<TestBroker> StartAsync(params MqttAccessRule[] rules) => TestBroker.StartAsync(secure: s =>
    {
        s.AllowAnonymous = true;
        s.Users.Add(new MqttUser { Name = "ann", PasswordHash = Hash });
        foreach (var rule in rules) s.Access.Add(rule);
    });
}
