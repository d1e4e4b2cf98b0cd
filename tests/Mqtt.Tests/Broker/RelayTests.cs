using System.Buffers;

namespace Weir.Mqtt.Tests.Broker;

/// <summary>What one broker has accepted reaches the subscribers of another.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private readonly Relay relay = new();
    private readonly Relay back = new();
    private TestBroker here = null!;
    private TestBroker there = null!;

    public async ValueTask InitializeAsync()
    {
        var handler = new HeldHandler
        {
            Then = batch =>
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    if (batch.Messages[i].Topic.Name == "refused") batch.Reject(i, ReasonCode.QuotaExceeded);
                }
                return default;
            },
        };
        handler.Release();
        here = await TestBroker.StartAsync(handler: handler, relay: relay);
        there = await TestBroker.StartAsync(relay: back);
        relay.To = there.Broker;
    }

    public async ValueTask DisposeAsync()
    {
        await here.DisposeAsync();
        await there.DisposeAsync();
    }

    [Theory]
    [InlineData((int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V5)]
    public async Task A_subscriber_there_gets_it_as_one_here_does(int version)
    {
        await using var subscriber = await there.OpenAsync("subscriber", MqttVersion.V5);
        await subscriber.SubscribeAsync("a/#", 1);
        await using var publisher = await here.OpenAsync("publisher", (MqttVersion)version);

        await publisher.PublishAsync("a/b", "x", 1, 7);

        var message = await subscriber.ReceivePublishAsync();
        Assert.Equal(("a/b", "x", 1), (message.Topic, message.Payload, message.QoS));
    }

    [Fact]
    public async Task Order_is_kept_and_nothing_goes_back()
    {
        await using var subscriber = await there.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("a", 0);

        for (var i = 0; i < 600; i++) await here.Broker.PublishAsync("a", System.Text.Encoding.UTF8.GetBytes($"{i}"));

        for (var i = 0; i < 600; i++) Assert.Equal($"{i}", (await subscriber.ReceivePublishAsync()).Payload);
        Assert.Equal(0, back.Messages);
        Assert.Equal(0, there.Broker.GetStatistics().MessagesReceived);
        Assert.Empty(there.Broker.GetTopicsChangedSince(0).Topics);
    }

    [Fact]
    public async Task What_was_refused_here_does_not_go_there()
    {
        await using var subscriber = await there.OpenAsync("subscriber");
        await subscriber.SubscribeAsync("#", 0);

        await here.Broker.PublishAsync("refused", "no"u8.ToArray());
        await here.Broker.PublishAsync("a", "yes"u8.ToArray());

        Assert.Equal("yes", (await subscriber.ReceivePublishAsync()).Payload);
        Assert.Equal(1, relay.Messages);
    }

    [Fact]
    public async Task A_message_that_is_retained_here_is_retained_there()
    {
        await here.Broker.PublishAsync("a", "kept"u8.ToArray(), retain: true);
        await using var subscriber = await there.OpenAsync("subscriber");

        await subscriber.SubscribeAsync("a", 1);

        Assert.Equal("kept", (await subscriber.ReceivePublishAsync()).Payload);
    }

    [Fact]
    public void Bytes_that_are_cut_off_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => there.Broker.Relay([5, 0, 0]));
        Assert.Throws<InvalidDataException>(() => there.Broker.Relay([5, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0x30]));
    }

    private sealed class Relay : IMqttRelay
    {
        public IMqttBroker? To { get; set; }

        public int Messages;

        public void Take(PublishBatch batch)
        {
            var bytes = new ArrayBufferWriter<byte>();
            Interlocked.Add(ref Messages, batch.WriteAccepted(bytes));
            To?.Relay(bytes.WrittenSpan);
        }
    }
}
