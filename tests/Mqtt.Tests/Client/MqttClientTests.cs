using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Weir.Mqtt.Tests.Client;

public sealed class MqttClientTests
{
    [Theory]
    [InlineData((int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V5)]
    public async Task Thousands_of_messages_pass_in_order_while_they_are_pipelined(int version)
    {
        const int count = 5000;
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.ConnectAsync("subscriber", (MqttVersion)version);
        await using var publisher = await broker.ConnectAsync("publisher", (MqttVersion)version);
        var received = Channel.CreateUnbounded<string>();
        await subscriber.SubscribeAsync("numbers/#", QualityOfService.AtLeastOnce, (message, _) =>
        {
            received.Writer.TryWrite(Encoding.UTF8.GetString(message.Payload.Span));
            return default;
        }, TestContext.Current.CancellationToken);

        var acknowledged = new List<Task<ReasonCode>>();
        for (var i = 0; i < count; i++)
        {
            acknowledged.Add(publisher.PublishAsync("numbers/n", Encoding.UTF8.GetBytes($"{i}"), cancellationToken: TestContext.Current.CancellationToken).AsTask());
        }
        Assert.All(await Task.WhenAll(acknowledged), reason => Assert.Equal(ReasonCode.Success, reason));

        for (var i = 0; i < count; i++)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            Assert.Equal($"{i}", await received.Reader.ReadAsync(deadline.Token));
        }
    }

    [Theory]
    [InlineData((int)MqttVersion.V311, QualityOfService.AtMostOnce)]
    [InlineData((int)MqttVersion.V311, QualityOfService.ExactlyOnce)]
    [InlineData((int)MqttVersion.V5, QualityOfService.AtMostOnce)]
    [InlineData((int)MqttVersion.V5, QualityOfService.ExactlyOnce)]
    public async Task Every_qos_comes_and_goes_once(int version, QualityOfService qos)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.ConnectAsync("client", (MqttVersion)version);
        var received = Channel.CreateUnbounded<ReceivedMessage>();
        await SubscribeAsync(client, "a/+", qos, received);
        var properties = version == (int)MqttVersion.V5 ? new PublishProperties { ContentType = "text", UserProperties = [new UserProperty("k", "v")] } : null;
        for (var i = 0; i < 300; i++) await client.PublishAsync($"a/{i}", new byte[i], qos, properties: properties);
        for (var i = 0; i < 300; i++)
        {
            var message = await ReadAsync(received);
            Assert.Equal(($"a/{i}", i, qos, properties?.ContentType), (message.Topic, message.Payload.Length, message.QoS, message.ReadProperties().ContentType));
        }
        await client.UnsubscribeAsync("a/+", TestContext.Current.CancellationToken);
        await client.PublishAsync("a/x", default, QualityOfService.AtLeastOnce);
        Assert.False(received.Reader.TryRead(out _));
        Assert.Equal(0, Assert.Single(broker.Broker.GetClients()).InflightMessages);
    }

    [Fact]
    public async Task A_handler_may_publish_and_wait_for_the_acknowledgement()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.ConnectAsync("client");
        var answers = Channel.CreateUnbounded<ReceivedMessage>();
        await SubscribeAsync(client, "answer", QualityOfService.AtLeastOnce, answers);
        await client.SubscribeAsync("question", QualityOfService.AtLeastOnce,
            async (message, stop) => await client.PublishAsync("answer", message.Payload, cancellationToken: stop), TestContext.Current.CancellationToken);
        await client.PublishAsync("question", "42"u8.ToArray());
        Assert.Equal("42"u8.ToArray(), (await ReadAsync(answers)).Payload.ToArray());
    }

    [Fact]
    public async Task A_handler_that_fails_ends_the_client_and_its_message_stays_unacknowledged()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await TestBroker.ConnectAsync(broker.Options("client") with { SessionExpiry = TimeSpan.FromMinutes(1) });
        await client.SubscribeAsync("a", QualityOfService.AtLeastOnce, (_, _) => throw new FormatException("Not a number."), TestContext.Current.CancellationToken);
        await broker.Broker.PublishAsync("a", "x"u8.ToArray());
        Assert.Equal(ReasonCode.ImplementationSpecificError, await client.Completion.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        var fault = await Assert.ThrowsAsync<MqttException>(() => client.PublishAsync("a", default).AsTask());
        Assert.IsType<FormatException>(fault.InnerException);

        await using var again = await broker.OpenAsync("client", MqttVersion.V5, clean: false);
        Assert.Equal(("x", true), ((await again.ReceivePublishAsync()) is var m ? (m.Payload, m.Duplicate) : default));
    }

    [Fact]
    public async Task A_refused_subscription_is_told()
    {
        await using var broker = await TestBroker.StartAsync(options => options.MaxTopicLevels = 2);
        await using var client = await broker.ConnectAsync("client");
        var fault = await Assert.ThrowsAsync<MqttException>(() =>
            client.SubscribeAsync("a/b/c", QualityOfService.AtMostOnce, (_, _) => default, TestContext.Current.CancellationToken));
        Assert.Equal(ReasonCode.TopicFilterInvalid, fault.Reason);
    }

    [Fact]
    public async Task A_quiet_client_keeps_its_connection_alive()
    {
        // The broker's clock stands still: however slow this machine is, it ends no connection.
        await using var broker = await TestBroker.StartAsync(time: new FakeTimeProvider());
        await using var client = await TestBroker.ConnectAsync(broker.Options("client") with { KeepAlive = TimeSpan.FromSeconds(1) });
        var before = broker.Broker.GetStatistics().BytesReceived;
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().BytesReceived >= before + 3 * 2, "three PINGREQ have come");
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task The_will_of_a_client_is_published_but_not_after_it_has_disconnected()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await broker.ConnectAsync("watcher");
        var wills = Channel.CreateUnbounded<ReceivedMessage>();
        await SubscribeAsync(watcher, "wills", QualityOfService.AtLeastOnce, wills);
        foreach (var polite in new[] { true, false })
        {
            var client = await TestBroker.ConnectAsync(broker.Options("client") with { Will = new MqttWill("wills", Encoding.UTF8.GetBytes($"{polite}")) });
            if (polite) await client.DisconnectAsync();
            else await using (await broker.ConnectAsync("client")) { }
            await client.DisposeAsync();
        }
        Assert.Equal("False"u8.ToArray(), (await ReadAsync(wills)).Payload.ToArray());
    }

    private static async Task SubscribeAsync(MqttClient client, string filter, QualityOfService qos, Channel<ReceivedMessage> into) =>
        await client.SubscribeAsync(filter, qos, (message, _) =>
        {
            into.Writer.TryWrite(message);
            return default;
        }, TestContext.Current.CancellationToken);

    private static async Task<ReceivedMessage> ReadAsync(Channel<ReceivedMessage> from)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        return await from.Reader.ReadAsync(deadline.Token);
    }
}
