using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Mqtt.Tests.Client;

public sealed class ReconnectTests
{
    private static readonly MqttReconnect Soon = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200));

    [Theory]
    [InlineData((int)MqttVersion.V311, false)]
    [InlineData((int)MqttVersion.V5, false)]
    [InlineData((int)MqttVersion.V5, true)]
    public async Task A_client_comes_back_with_its_subscriptions_and_loses_nothing_it_was_to_send(int version, bool lasting)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var cable = new Cable(broker.Port);
        await using var client = new MqttClient(broker.Options("client", (MqttVersion)version) with
        {
            Port = cable.Port, Reconnect = Soon, SessionExpiry = lasting ? TimeSpan.FromMinutes(1) : TimeSpan.Zero,
        });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        var received = new ConcurrentQueue<string>();
        await client.SubscribeAsync("numbers", QualityOfService.AtLeastOnce, (message, _) =>
        {
            received.Enqueue(Encoding.UTF8.GetString(message.Payload.Span));
            return default;
        }, TestContext.Current.CancellationToken);

        var published = new List<Task>();
        for (var i = 0; i < 3000; i++)
        {
            published.Add(client.PublishAsync("numbers", Encoding.UTF8.GetBytes($"{i}"), cancellationToken: TestContext.Current.CancellationToken).AsTask());
            if (i % 1000 != 500) continue;
            await published[i - 400].WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
            cable.Cut();
        }
        await Task.WhenAll(published).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.True(cable.Connections >= 2);
        Assert.False(client.Completion.IsCompleted);

        // The messages on their way to a session that ended with its connection are gone; those after the last cut are not.
        await client.PublishAsync("numbers", "end"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        await Poll.UntilAsync(() => received.Contains("end"), "the last message has come back");
        if (lasting) Assert.Equal(3001, received.Distinct().Count());
    }

    [Fact]
    public async Task A_client_that_comes_back_sends_again_no_more_at_one_time_than_the_broker_takes_then()
    {
        var held = new Broker.HeldHandler();
        await using var first = await TestBroker.StartAsync(o => o.MaxBatchesInFlight = 1000, handler: held);
        // It ends the connection of a client that sends more than that.
        await using var second = await TestBroker.StartAsync(o => o.ReceiveMaximum = 3);
        await using var cable = new Cable(first.Port);
        await using var client = new MqttClient(first.Options("client") with { Port = cable.Port, Reconnect = Soon });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        var published = Enumerable.Range(0, 100)
            .Select(i => client.PublishAsync("a", Encoding.UTF8.GetBytes($"{i}"), (QualityOfService)(1 + i % 2), cancellationToken: TestContext.Current.CancellationToken).AsTask())
            .ToList();
        await Poll.UntilAsync(() => held.Payloads.Count == 100, "all are on their way and none is answered");

        cable.Target = second.Port;
        cable.Cut();
        await Task.WhenAll(published).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Equal((2, 100L), (cable.Connections, second.Broker.GetStatistics().MessagesReceived));
        held.Release();
    }

    [Fact]
    public async Task A_message_of_qos_2_whose_last_answer_was_lost_has_the_reason_that_took_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var client = new MqttClient(new MqttClientOptions
        {
            Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port, ClientId = "client", Version = MqttVersion.V5,
            Reconnect = Soon, CleanStart = false, SessionExpiry = TimeSpan.FromMinutes(1),
        });
        var connecting = client.ConnectAsync(TestContext.Current.CancellationToken);
        ushort identifier;
        Task<ReasonCode> published;
        await using (var first = await RawConnection.WelcomeAsync(listener, MqttVersion.V5, sessionPresent: false))
        {
            await connecting;
            published = client.PublishAsync("a", default, QualityOfService.ExactlyOnce, cancellationToken: TestContext.Current.CancellationToken).AsTask();
            identifier = (await first.ReceivePublishAsync()).Id;
            await first.AcknowledgeAsync(PacketType.Pubrec, identifier, ReasonCode.NoMatchingSubscribers);
            await first.ReceiveAcknowledgementAsync(PacketType.Pubrel);
        }

        // The broker had let go of it, and its PUBCOMP did not come through (MQTT 5, 3.7.2.1: no error in recovery).
        await using var second = await RawConnection.WelcomeAsync(listener, MqttVersion.V5, sessionPresent: true);
        Assert.Equal(identifier, (await second.ReceiveAcknowledgementAsync(PacketType.Pubrel)).PacketIdentifier);
        await second.AcknowledgeAsync(PacketType.Pubcomp, identifier, ReasonCode.PacketIdentifierNotFound);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await published.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Without_reconnect_the_loss_is_told_to_all_who_wait()
    {
        var handler = new Broker.HeldHandler();
        await using var broker = await TestBroker.StartAsync(handler: handler);
        await using var cable = new Cable(broker.Port);
        await using var client = new MqttClient(broker.Options("client") with { Port = cable.Port });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        var published = client.PublishAsync("a", default, cancellationToken: TestContext.Current.CancellationToken).AsTask();
        await Poll.UntilAsync(() => handler.Batches == 1, "the message is there");
        cable.Cut();
        await Assert.ThrowsAsync<MqttException>(() => published);
        Assert.Equal(ReasonCode.ServerUnavailable, await client.Completion);
        await Assert.ThrowsAsync<MqttException>(() => client.PublishAsync("a", default).AsTask());
        handler.Release();
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_told_in_a_sentence()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var client = new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = port });
        var fault = await Assert.ThrowsAsync<MqttException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith($"The broker at 127.0.0.1:{port} cannot be reached: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_another_takes_over_is_told_so()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var first = await broker.ConnectAsync("same");
        await using var second = await broker.ConnectAsync("same");
        Assert.Equal(ReasonCode.SessionTakenOver, await first.Completion.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        Assert.False(first.IsConnected);
        Assert.True(second.IsConnected);
    }

    /// <summary>A relay between client and broker whose connections can be cut.</summary>
    private sealed class Cable : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly ConcurrentBag<TcpClient> ends = [];
        private readonly Task accepting;
        private int connections;

        public Cable(int target)
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
            Target = target;
            accepting = AcceptAsync();
        }

        /// <summary>The broker's port, for connections from now on.</summary>
        public int Target { get; set; }

        public int Port { get; }

        public int Connections => Volatile.Read(ref connections);

        public void Cut()
        {
            while (ends.TryTake(out var end)) end.Close();
        }

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await accepting;
            Cut();
        }

        private async Task AcceptAsync()
        {
            var relays = new List<Task>();
            try
            {
                while (true)
                {
                    var near = await listener.AcceptTcpClientAsync();
                    var far = new TcpClient();
                    await far.ConnectAsync(IPAddress.Loopback, Target);
                    Interlocked.Increment(ref connections);
                    ends.Add(near);
                    ends.Add(far);
                    relays.Add(RelayAsync(near, far));
                    relays.Add(RelayAsync(far, near));
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                Cut();
                await Task.WhenAll(relays);
            }
        }

        private static async Task RelayAsync(TcpClient from, TcpClient to)
        {
            try
            {
                await from.GetStream().CopyToAsync(to.GetStream());
                to.Client?.Shutdown(SocketShutdown.Send);
            }
            catch (Exception cut) when (cut is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
            {
                to.Close();
            }
        }
    }
}
