using System.Net;
using System.Net.Sockets;

namespace Weir.Mqtt.Tests.Robustness;

/// <summary>Clients that mean ill, are ill, or are many.</summary>
[Collection(nameof(Measured))]
public sealed class CrowdTests
{
    [Fact]
    public async Task Those_that_send_a_byte_now_and_then_are_closed_and_the_others_are_served()
    {
        await using var broker = await TestBroker.StartAsync(o => o.ConnectTimeout = TimeSpan.FromSeconds(2));
        var slow = new List<RawConnection>();
        for (var i = 0; i < 200; i++) slow.Add(await broker.OpenAsync());
        // The beginning of a CONNECT that announces more than will have come by then.
        byte[] connect = [0x10, 0x7F, .. RawConnection.Bytes(TestBroker.Login(null, null, MqttVersion.V311, new string('x', 100)), MqttVersion.V311)[2..]];
        var dripping = Task.Run(async () =>
        {
            foreach (var one in connect[..50])
            {
                foreach (var connection in slow)
                {
                    try
                    {
                        await connection.SendAsync(one);
                    }
                    catch (IOException)
                    {
                        // It has been closed.
                    }
                }
                if (broker.Broker.GetStatistics().Connections == 1) return;
                await Task.Delay(300);
            }
        }, TestContext.Current.CancellationToken);
        await using var good = await broker.OpenAsync("good");
        await good.PingAsync();
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "the slow ones have been closed");
        await good.PingAsync();
        await dripping;
        foreach (var connection in slow) await connection.DisposeAsync();
    }

    [Fact]
    public async Task Clients_that_vanish_without_a_FIN_cost_little_and_are_found_though_they_asked_for_no_keep_alive()
    {
        const int vanishing = 500;
        await using var broker = await TestBroker.StartAsync(o => (o.TcpKeepAlive, o.MaxQueuedBytes) = (TimeSpan.FromSeconds(1), 64 * 1024));
        await using var witness = await broker.OpenAsync("witness");
        await witness.SubscribeAsync("a", 1);
        var vanished = new List<Socket>();
        for (var i = 0; i < vanishing; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, broker.Port, TestContext.Current.CancellationToken);
            socket.Send(RawConnection.Bytes(TestBroker.Login(null, null, MqttVersion.V311, $"vanishing-{i}"), MqttVersion.V311));
            Receive(socket, new byte[4]);
            vanished.Add(socket);
        }
        Assert.Equal(vanishing + 1, broker.Broker.GetStatistics().Connections);
        foreach (var socket in vanished) Assert.SkipUnless(Sockets.Vanish(socket), "To let a connection vanish without a FIN takes CAP_NET_ADMIN.");

        // Meanwhile the others are served.
        for (ushort i = 1; i <= 100; i++)
        {
            await witness.PublishAsync("a", $"{i}", 1, i);
            Assert.Equal($"{i}", (await witness.ReceivePublishAmongOthersAsync()).Payload);
        }
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 1, "all that vanished have been found");
        Assert.NotNull(broker.Broker.GetClient("witness")!.Status.RemoteEndPoint);
    }

    [Fact]
    public async Task Clients_that_vanish_without_a_word_are_found_by_their_keep_alive()
    {
        await using var broker = await TestBroker.StartAsync();
        var vanished = new List<RawConnection>();
        for (var i = 0; i < 50; i++) vanished.Add(await broker.OpenAsync($"vanished-{i}", keepAlive: 1));
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == 0, "they have been closed");
        foreach (var connection in vanished) await connection.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_subscriber_that_never_reads_costs_its_own_queue_and_nobody_elses(int qos)
    {
        await using var broker = await TestBroker.StartAsync(o => (o.MaxQueuedMessages, o.MaxQueuedBytes) = (1000, 1024 * 1024));
        await using var deaf = await broker.OpenAsync("deaf");
        await deaf.SubscribeAsync("a", qos);
        await using var good = await broker.OpenAsync("good");
        await good.SubscribeAsync("a", qos);
        await using var publisher = await broker.OpenAsync("publisher");
        var payload = new string('x', 1000);
        var before = GC.GetTotalMemory(true);
        const int messages = 20_000;
        var reading = Task.Run(async () =>
        {
            for (var i = 0; i < messages; i++)
            {
                var message = await good.ReceivePublishAsync();
                if (qos > 0) await good.AcknowledgeAsync(PacketType.Puback, message.Id);
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < messages; i++)
        {
            await publisher.PublishAsync("a", payload, qos, (ushort)(qos == 0 ? 0 : i % 60_000 + 1));
            if (qos > 0) await publisher.ReceiveAsync(PacketType.Puback);
            if (qos > 0 || i % 500 != 499) continue;
            // The one who reads must keep up: its queue is as short as the other's.
            await publisher.PingAsync();
            await Poll.UntilAsync(() => broker.Broker.GetClient("good")!.Status.QueuedMessages == 0, "the one who reads has caught up");
        }
        await reading;
        var status = broker.Broker.GetClient("deaf")!.Status;
        Assert.True(status.QueuedMessages <= 1000 && status.QueuedBytes <= 1024 * 1024);
        Assert.True(status.Dropped.QueueFull > 0);
        Assert.Equal(0, broker.Broker.GetClient("good")!.Status.Dropped.Total);
        Assert.True(GC.GetTotalMemory(true) - before < 64 * 1024 * 1024);
    }

    [Fact]
    public async Task Ten_thousand_connections_are_held_and_answered_and_a_storm_of_reconnects_too()
    {
        const int count = 10_000;
        Assert.SkipUnless(Sockets.AllowFiles(count + 1_000), $"{count + 1_000} files must be open at one time; this user may not (ulimit -Hn).");
        await using var broker = await TestBroker.StartAsync(o => (o.MaxConnections, o.MaxConnectionsPerAddress) = (20_000, 20_000));
        await using var crowd = Crowd.Start(broker.Port, count);
        var before = GC.GetTotalMemory(true);
        await crowd.DoAsync("connect");
        Assert.Equal(count, broker.Broker.GetStatistics().Connections);
        var each = (GC.GetTotalMemory(true) - before) / count;
        Assert.True(each < 8 * 1024, $"Each idle connection holds {each} bytes of managed memory.");
        await crowd.DoAsync("ask");

        // All of them break at once and come back with the same identifiers at once.
        await crowd.DoAsync("break");
        await using var calm = await broker.OpenAsync("calm");
        await calm.SubscribeAsync("calm", 1);
        await crowd.DoAsync("connect");
        await calm.PublishAsync("calm", "through the storm", 1, 1);
        await calm.ReceivePublishAmongOthersAsync();
        await Poll.UntilAsync(() => broker.Broker.GetStatistics().Connections == count + 1, "all are back, and none of the old is left");
        await crowd.DoAsync("ask");
    }

    private static void Receive(Socket socket, byte[] into)
    {
        socket.ReceiveTimeout = 120_000;
        for (var got = 0; got < into.Length;)
        {
            var size = socket.Receive(into.AsSpan(got));
            Assert.NotEqual(0, size);
            got += size;
        }
    }
}
