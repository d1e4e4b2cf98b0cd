using Microsoft.Extensions.Time.Testing;

namespace Weir.Mqtt.Tests.Broker;

public sealed class WillTests
{
    private static WillMessage Will(string payload, bool retain = false, uint? delay = null) =>
        new("gone", System.Text.Encoding.UTF8.GetBytes(payload), QualityOfService.AtLeastOnce, retain, new Properties { WillDelayInterval = delay, ContentType = "text" });

    [Theory]
    [InlineData((int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V5)]
    public async Task The_will_is_published_when_a_client_goes_without_a_word(int version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await WatchAsync(broker);
        await using (var client = await broker.OpenAsync("client", (MqttVersion)version, will: Will("lost", retain: true))) { }
        var will = await watcher.ReceivePublishAsync();
        Assert.Equal(("gone", "lost", 1, version == (int)MqttVersion.V5 ? "text" : null), (will.Topic, will.Payload, will.QoS, will.Properties.ContentType));

        await using var late = await broker.OpenAsync("late", MqttVersion.V5);
        await late.SubscribeAsync("gone", 1);
        Assert.True((await late.ReceivePublishAsync()).Retain);
    }

    [Fact]
    public async Task The_will_is_not_published_after_DISCONNECT_but_for_reason_4()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await WatchAsync(broker);
        foreach (var reason in new[] { ReasonCode.Success, ReasonCode.DisconnectWithWillMessage })
        {
            await using var client = await broker.OpenAsync("client", MqttVersion.V5, will: Will($"{reason}"));
            await client.SendAsync(new DisconnectPacket(reason));
            await client.AssertClosedAsync();
        }
        Assert.Equal("DisconnectWithWillMessage", (await watcher.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public async Task The_will_is_published_after_a_protocol_fault_and_a_take_over()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await WatchAsync(broker);
        await using var faulty = await broker.OpenAsync("faulty", will: Will("fault"));
        await faulty.SendAsync(0xF0, 0);
        Assert.Equal("fault", (await watcher.ReceivePublishAsync()).Payload);

        await using var first = await broker.OpenAsync("taken", will: Will("taken over"));
        await using var second = await broker.OpenAsync("taken");
        Assert.Equal("taken over", (await watcher.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public async Task A_delayed_will_is_published_after_its_delay_and_not_if_the_client_is_back_before()
    {
        var time = new FakeTimeProvider();
        await using var broker = await TestBroker.StartAsync(time: time);
        await using var watcher = await WatchAsync(broker);
        var lasting = new Properties { SessionExpiryInterval = 100 };
        await using (var client = await broker.OpenAsync("client", MqttVersion.V5, clean: false, properties: lasting, will: Will("first", delay: 10))) { }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "the client is gone");
        time.Advance(TimeSpan.FromSeconds(9));
        await using (var back = await broker.OpenAsync("client", MqttVersion.V5, clean: false, properties: lasting, will: Will("second", delay: 10)))
        {
            Assert.True(back.Connack.SessionPresent);
            time.Advance(TimeSpan.FromSeconds(9));
            await watcher.PingAsync();
        }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "the client is gone again");

        var will = watcher.ReceivePublishAsync();
        await Poll.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return will.IsCompleted;
        }, "the will is published");
        Assert.Equal("second", (await will).Payload);
    }

    private static async Task<RawConnection> WatchAsync(TestBroker broker)
    {
        var watcher = await broker.OpenAsync("watcher", MqttVersion.V5);
        await watcher.SubscribeAsync("gone", 1);
        return watcher;
    }
}
