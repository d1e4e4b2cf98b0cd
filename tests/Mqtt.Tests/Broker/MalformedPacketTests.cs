namespace Weir.Mqtt.Tests.Broker;

public sealed class MalformedPacketTests
{
    [Fact]
    public async Task A_malformed_packet_closes_its_connection_and_no_other()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var good = await broker.OpenAsync("good");
        await good.SubscribeAsync("a", 1);
        foreach (var row in Protocol.MalformedPacketTests.Frames.Where(r => !r.Data.Item2.StartsWith("10", StringComparison.Ordinal)))
        {
            var version = (MqttVersion)row.Data.Item1;
            await using var bad = await broker.OpenAsync("bad", version);
            await bad.SendAsync(Protocol.Wire.Hex(row.Data.Item2));
            if (version == MqttVersion.V5) Assert.True(await bad.ReceiveDisconnectAsync() >= ReasonCode.UnspecifiedError, row.Data.Item3);
            else await bad.AssertClosedAsync();
            await good.PingAsync();
        }
    }

    [Fact]
    public async Task Messages_before_a_malformed_packet_are_delivered()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var good = await broker.OpenAsync("good");
        await good.SubscribeAsync("a", 1);
        await using var bad = await broker.OpenAsync("bad");
        await bad.SendAsync([.. RawConnection.PublishBytes(MqttVersion.V311, "a", "before"), 0x36, 0]);
        Assert.Equal("before", (await good.ReceivePublishAsync()).Payload);
        await bad.AssertClosedAsync();
    }

    [Fact]
    public async Task Random_bytes_after_CONNECT_harm_nobody_else()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var good = await broker.OpenAsync("good");
        var random = new Random(42);
        for (var i = 0; i < 60; i++)
        {
            await using var bad = await broker.OpenAsync($"bad{i}", i % 2 == 0 ? MqttVersion.V311 : MqttVersion.V5);
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            await bad.SendAsync(bytes);
        }
        await good.PingAsync();
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "the others have ended");
    }
}
