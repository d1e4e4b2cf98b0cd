using System.Text;

namespace Weir.Mqtt.Tests.Client;

/// <summary>Messages as an asynchronous enumeration.</summary>
public sealed class EnumerationTests
{
    [Fact]
    public async Task Messages_come_in_order_and_are_acknowledged_when_the_next_is_asked_for()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.ConnectAsync("c");
        await using var messages = client.ReadAsync("a", cancellationToken: TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var first = messages.MoveNextAsync();
        await Poll.UntilAsync(() => broker.Broker.GetClient("c")!.Status.Subscriptions == 1, "it is subscribed");
        for (var i = 0; i < 3; i++) await broker.Broker.PublishAsync("a", Encoding.UTF8.GetBytes($"{i}"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(await first);
        Assert.Equal("0", Encoding.UTF8.GetString(messages.Current.Payload.Span));
        Assert.Equal(3, broker.Broker.GetClient("c")!.Status.InflightMessages);
        Assert.True(await messages.MoveNextAsync());
        await Poll.UntilAsync(() => broker.Broker.GetClient("c")!.Status.InflightMessages == 2, "the first is acknowledged");
        Assert.True(await messages.MoveNextAsync());
        Assert.Equal("2", Encoding.UTF8.GetString(messages.Current.Payload.Span));
    }

    [Fact]
    public async Task The_subscription_ends_with_the_enumeration()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.ConnectAsync("c");
        await broker.Broker.PublishAsync("a", "x"u8.ToArray(), retain: true, cancellationToken: TestContext.Current.CancellationToken);
        await foreach (var message in client.ReadAsync("a", cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.True(message.Retain);
            break;
        }
        Assert.Equal(0, broker.Broker.GetClient("c")!.Status.Subscriptions);
        await client.PublishAsync("a", "y"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_lost_connection_ends_it_with_an_error()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await broker.ConnectAsync("c");
        var reading = Task.Run(async () =>
        {
            await foreach (var _ in client.ReadAsync("a", cancellationToken: TestContext.Current.CancellationToken))
            {
            }
        }, TestContext.Current.CancellationToken);
        await Poll.UntilAsync(() => broker.Broker.GetClient("c")!.Status.Subscriptions == 1, "it is subscribed");
        broker.Broker.Disconnect("c");
        Assert.Equal(ReasonCode.AdministrativeAction, (await Assert.ThrowsAsync<MqttException>(() => reading)).Reason);
    }
}
