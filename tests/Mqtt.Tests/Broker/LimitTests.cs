using System.Diagnostics;
using System.Text;

namespace Weir.Mqtt.Tests.Broker;

/// <summary>Limits of a connection, and what the client does about the broker's.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task No_more_connections_come_from_one_address_than_allowed()
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxConnectionsPerAddress = 2);
        await using var first = await broker.OpenAsync("1");
        await using (await broker.OpenAsync("2"))
        {
            await using var third = await broker.OpenAsync();
            await third.AssertClosedAsync();
        }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "one has gone");
        await using var again = await broker.OpenAsync("3");
        await first.PingAsync();
        Assert.Equal(1, broker.Broker.GetStatistics().ConnectionsRefused);
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(0, 2_000)]
    public async Task A_client_beyond_its_rate_is_read_more_slowly_and_loses_nothing(int messages, int bytes)
    {
        await using var broker = await TestBroker.StartAsync(o => (o.MaxMessageRate, o.MaxByteRate) = (messages, bytes));
        await using var client = await broker.OpenAsync("c");
        var clock = Stopwatch.StartNew();
        // One second's worth is free; what goes beyond it must be paid for before the next is read.
        for (ushort i = 1; i <= 300; i++) await client.PublishAsync("a", "0123456789", 1, i);
        for (ushort i = 1; i <= 300; i++) Assert.Equal(i, (await client.ReceiveAcknowledgementAsync(PacketType.Puback)).PacketIdentifier);
        await client.PingAsync();
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(1.2), $"300 messages and a ping took {clock.Elapsed}.");
    }

    [Fact]
    public async Task The_client_keeps_to_what_the_broker_takes()
    {
        var limits = new BrokerLimits(TimeSpan.Zero, 10, QualityOfService.AtLeastOnce, Retains: false, MaximumPacketSize: 100);
        Assert.Equal(ReasonCode.QoSNotSupported, Refusal(QualityOfService.ExactlyOnce, false, 1));
        Assert.Equal(ReasonCode.RetainNotSupported, Refusal(QualityOfService.AtMostOnce, true, 1));
        Assert.Equal(ReasonCode.PacketTooLarge, Refusal(QualityOfService.AtMostOnce, false, 100));
        limits.Check(new OutgoingPublish("a", new byte[80], QualityOfService.AtLeastOnce, false, null), MqttVersion.V5);

        await using var broker = await TestBroker.StartAsync(o => o.MaxPacketSize = 1000);
        await using var client = await broker.ConnectAsync("c");
        var fault = await Assert.ThrowsAsync<MqttException>(async () =>
            await client.PublishAsync("a", new byte[1000], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(ReasonCode.PacketTooLarge, fault.Reason);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("a", new byte[900], cancellationToken: TestContext.Current.CancellationToken));

        ReasonCode Refusal(QualityOfService qos, bool retain, int size) => Assert.Throws<MqttException>(
            () => limits.Check(new OutgoingPublish("a", new byte[size], qos, retain, null), MqttVersion.V5)).Reason;
    }

    [Theory]
    [InlineData(true, ReasonCode.PayloadFormatInvalid)]
    [InlineData(false, ReasonCode.Success)]
    public async Task A_payload_that_is_said_to_be_text_must_be_so(bool check, ReasonCode expected)
    {
        await using var broker = await TestBroker.StartAsync(o => o.CheckPayloadFormat = check);
        await using var client = await broker.OpenAsync("c", MqttVersion.V5);
        // Payload format indicator 1, payload 0xFF.
        await client.SendAsync(0x32, 9, 0, 1, 97, 0, 1, 2, 1, 1, 0xFF);
        Assert.Equal(expected, (await client.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
        await client.PublishAsync("a", "text \u00E4", 1, 2, properties: new Properties { PayloadFormatIndicator = 1 });
        Assert.Equal(ReasonCode.Success, (await client.ReceiveAcknowledgementAsync(PacketType.Puback)).Reason);
    }
}
