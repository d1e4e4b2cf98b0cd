using Microsoft.Extensions.Time.Testing;

namespace Weir.Mqtt.Tests.Broker;

public sealed class ConnectTests
{
    [Fact]
    public async Task The_first_packet_must_be_CONNECT()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync();
        await connection.SendAsync(0xC0, 0);
        await connection.AssertClosedAsync();
    }

    [Fact]
    public async Task A_second_CONNECT_ends_the_connection()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("twice", MqttVersion.V5);
        await connection.SendAsync(new ConnectPacket { Version = MqttVersion.V5, ClientId = "twice" });
        Assert.Equal(ReasonCode.ProtocolError, await connection.ReceiveDisconnectAsync());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    public async Task An_unknown_version_is_refused_with_return_code_1(int version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync();
        await connection.SendAsync([0x10, 13, 0, 4, .. "MQTT"u8, (byte)version, 2, 0, 60, 0, 1, (byte)'a']);
        Assert.Equal([0x20, 2, 0, 1], (await connection.ReceiveAsync(PacketType.Connack)).Bytes);
        await connection.AssertClosedAsync();
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(24, false)]
    public async Task A_client_identifier_may_be_as_long_as_the_limit(int length, bool accepted)
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxClientIdLength = 23);
        await using var connection = await broker.OpenAsync(MqttVersion.V5);
        var answer = await ConnectAsync(connection, new string('c', length));
        Assert.Equal(accepted ? ReasonCode.Success : ReasonCode.ClientIdentifierNotValid, answer.Reason);
        if (!accepted) await connection.AssertClosedAsync();
    }

    [Fact]
    public async Task A_client_without_identifier_gets_one_of_its_own()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var one = await broker.OpenAsync("", MqttVersion.V5);
        await using var other = await broker.OpenAsync("", MqttVersion.V5);
        Assert.NotEmpty(one.Connack.Properties.AssignedClientIdentifier!);
        Assert.NotEqual(one.Connack.Properties.AssignedClientIdentifier, other.Connack.Properties.AssignedClientIdentifier);
    }

    [Fact]
    public async Task A_lasting_session_of_MQTT_3_1_1_needs_an_identifier()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync();
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, (await ConnectAsync(connection, "", clean: false)).Reason);
        await connection.AssertClosedAsync();
    }

    [Fact]
    public async Task An_authentication_method_is_refused_because_there_is_none()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync(MqttVersion.V5);
        var answer = await ConnectAsync(connection, "a", properties: new Properties { AuthenticationMethod = "SCRAM" });
        Assert.Equal(ReasonCode.BadAuthenticationMethod, answer.Reason);
        await connection.AssertClosedAsync();
    }

    [Fact]
    public async Task CONNACK_tells_an_MQTT_5_client_the_limits()
    {
        await using var broker = await TestBroker.StartAsync(options =>
        {
            options.ReceiveMaximum = 11;
            options.MaxPacketSize = 2222;
            options.TopicAliasMaximum = 3;
            options.MaxKeepAlive = TimeSpan.FromSeconds(40);
            options.MaxSessionExpiry = TimeSpan.FromSeconds(50);
        });
        await using var connection = await broker.OpenAsync(
            "a", MqttVersion.V5, keepAlive: 41, properties: new Properties { SessionExpiryInterval = 51 });
        var told = connection.Connack.Properties;
        Assert.Equal((11, 2222u, 3, 40, 50u),
            ((int)told.ReceiveMaximum!, told.MaximumPacketSize!.Value, (int)told.TopicAliasMaximum!, (int)told.ServerKeepAlive!, told.SessionExpiryInterval!.Value));

        await using var modest = await broker.OpenAsync("b", MqttVersion.V5, keepAlive: 40, properties: new Properties { SessionExpiryInterval = 50 });
        Assert.Null(modest.Connack.Properties.ServerKeepAlive);
        Assert.Null(modest.Connack.Properties.SessionExpiryInterval);
    }

    [Fact]
    public async Task One_connection_more_than_the_limit_is_closed_and_counted()
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxConnections = 2);
        await using var first = await broker.OpenAsync("1");
        await using (var second = await broker.OpenAsync("2"))
        {
            await using var third = await broker.OpenAsync();
            await third.AssertClosedAsync();
            Assert.Equal(1, broker.Broker.GetStatistics().ConnectionsRefused);
        }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "the second connection has ended");
        await using var fourth = await broker.OpenAsync("4");
        await first.PingAsync();
    }

    [Fact]
    public async Task One_session_more_than_the_limit_is_refused()
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxSessions = 1);
        await using var first = await broker.OpenAsync("1", MqttVersion.V5);
        await using var second = await broker.OpenAsync(MqttVersion.V5);
        Assert.Equal(ReasonCode.QuotaExceeded, (await ConnectAsync(second, "2")).Reason);
        await second.AssertClosedAsync();
        await first.PingAsync();
    }

    [Fact]
    public async Task A_connection_that_sends_no_CONNECT_in_time_is_closed()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(options => options.ConnectTimeout = TimeSpan.FromSeconds(10), time: time);
        await using var connection = await broker.OpenAsync();
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "the connection is there");
        var closed = connection.AssertClosedAsync();
        time.Advance(TimeSpan.FromSeconds(10));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(closed.IsCompleted);
        await AdvanceUntilAsync(time, closed);
    }

    [Theory]
    [InlineData((int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V5)]
    public async Task A_client_that_is_silent_for_one_and_a_half_times_its_keep_alive_is_disconnected(int version)
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(time: time);
        await using var silent = await broker.OpenAsync("silent", (MqttVersion)version, keepAlive: 10);
        await using var without = await broker.OpenAsync("without", (MqttVersion)version, keepAlive: 0);
        var ended = EndAsync();

        time.Advance(TimeSpan.FromSeconds(15));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(ended.IsCompleted);
        await AdvanceUntilAsync(time, ended);
        await without.PingAsync();

        async Task EndAsync()
        {
            if (version == (int)MqttVersion.V5) Assert.Equal(ReasonCode.KeepAliveTimeout, await silent.ReceiveDisconnectAsync());
            else await silent.AssertClosedAsync();
        }
    }

    [Fact]
    public async Task A_packet_may_be_as_large_as_the_limit()
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxPacketSize = 300);
        await using var connection = await broker.OpenAsync("large", MqttVersion.V5);
        var payload = new string('x', 300 - RawConnection.PublishBytes(MqttVersion.V5, "a", new string('x', 200), 1, 1).Length + 200);
        await connection.PublishAsync("a", payload, 1, 1);
        Assert.Equal(ReasonCode.Success, (await connection.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
        await connection.PublishAsync("a", payload + "x", 1, 2);
        Assert.Equal(ReasonCode.PacketTooLarge, await connection.ReceiveDisconnectAsync());
    }

    [Theory]
    [InlineData("1234567890", ReasonCode.Success)]
    [InlineData("12345678901", ReasonCode.TopicNameInvalid)]
    [InlineData("a/b/c", ReasonCode.Success)]
    [InlineData("a/b/c/d", ReasonCode.TopicNameInvalid)]
    [InlineData("a/+", ReasonCode.TopicNameInvalid)]
    public async Task A_topic_name_may_be_as_long_and_deep_as_the_limits(string topic, ReasonCode expected)
    {
        await using var broker = await TestBroker.StartAsync(options => (options.MaxTopicLength, options.MaxTopicLevels) = (10, 3));
        await using var connection = await broker.OpenAsync("topics", MqttVersion.V5);
        await connection.PublishAsync(topic, "", 1, 1);
        var reason = expected == ReasonCode.Success
            ? (await connection.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason : await connection.ReceiveDisconnectAsync();
        Assert.Equal(expected, reason);
    }

    private static async Task<ConnackPacket> ConnectAsync(RawConnection connection, string clientId, bool clean = true, Properties? properties = null)
    {
        await connection.SendAsync(new ConnectPacket { Version = connection.Version, ClientId = clientId, CleanStart = clean, Properties = properties ?? new() });
        return ConnackPacket.Read(await connection.ReceiveAsync(PacketType.Connack), connection.Version);
    }

    private static async Task AdvanceUntilAsync(FakeTimeProvider time, Task ended)
    {
        for (var i = 0; i < 100 && !ended.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        await ended;
    }
}
