using System.Collections.Concurrent;
using System.Text;

namespace Weir.Mqtt.Tests.Client;

/// <summary>A client that comes back to a session of before has its handlers before its messages.</summary>
public sealed class ExpectTests
{
    private const int Messages = 300;

    [Theory]
    [InlineData(QualityOfService.AtLeastOnce)]
    [InlineData(QualityOfService.ExactlyOnce)]
    public async Task What_has_waited_reaches_the_handler_that_was_named_before_the_connection(QualityOfService qos)
    {
        await using var broker = await TestBroker.StartAsync();
        var options = broker.Options("lasting") with { CleanStart = false, SessionExpiry = TimeSpan.FromMinutes(5) };
        await using (var before = await TestBroker.ConnectAsync(options))
        {
            await before.SubscribeAsync("numbers", qos, (_, _) => default, TestContext.Current.CancellationToken);
            await before.DisconnectAsync();
        }
        await PublishAsync(broker, qos);

        var received = new ConcurrentQueue<string>();
        await using var client = new MqttClient(options);
        client.Expect("numbers", qos, Into(received));
        await client.ConnectAsync(TestContext.Current.CancellationToken);

        Assert.True(client.SessionPresent);
        await Poll.UntilAsync(() => received.Count == Messages, "all that waited has come");
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), received);
    }

    [Fact]
    public async Task Without_a_session_of_before_the_client_subscribes()
    {
        await using var broker = await TestBroker.StartAsync();
        var received = new ConcurrentQueue<string>();
        await using var client = new MqttClient(broker.Options("new"));
        client.Expect("numbers", QualityOfService.AtLeastOnce, Into(received));
        await client.ConnectAsync(TestContext.Current.CancellationToken);

        // The broker takes one packet after the other, so the subscription is there before this message.
        await client.PublishAsync("numbers", "1"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);

        await Poll.UntilAsync(() => received.Count == 1, "the message has come");
        Assert.Throws<InvalidOperationException>(() => client.Expect("late", QualityOfService.AtLeastOnce, Into(received)));
    }

    private static Func<ReceivedMessage, CancellationToken, ValueTask> Into(ConcurrentQueue<string> received) => (message, _) =>
    {
        received.Enqueue(Encoding.UTF8.GetString(message.Payload.Span));
        return default;
    };

    private static async Task PublishAsync(TestBroker broker, QualityOfService qos)
    {
        await using var publisher = await broker.ConnectAsync("publisher");
        for (var i = 0; i < Messages; i++)
            await publisher.PublishAsync("numbers", Encoding.UTF8.GetBytes($"{i}"), qos, cancellationToken: TestContext.Current.CancellationToken);
    }
}
