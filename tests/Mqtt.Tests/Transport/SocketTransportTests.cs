using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Weir.Mqtt.Tests.Transport;

/// <summary>The broker's own sockets under Kestrel.</summary>
public sealed class SocketTransportTests
{
    [Theory]
    [InlineData(MqttVersion.V311, 1)]
    [InlineData(MqttVersion.V5, 1)]
    [InlineData(MqttVersion.V5, 0)]
    public async Task Messages_of_every_size_pass_as_they_are(MqttVersion version, int qos)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s");
        await subscriber.SubscribeAsync("a/b", qos);
        await using var publisher = await broker.OpenAsync("p", version);
        // Around what a quiet connection holds, around shared and separate memory, and around the pool's buffers.
        int[] sizes = [0, 1, 170, 175, 180, 185, 190, 195, 8_170, 8_192, 16_384, 65_500, 65_536, 131_072, 300_000, 1_000_000, 3];
        for (var i = 0; i < sizes.Length; i++)
        {
            var payload = Text(sizes[i], i);
            await publisher.PublishAsync("a/b", payload, qos, (ushort)(qos == 0 ? 0 : i + 1));
            var got = await subscriber.ReceivePublishAsync();
            Assert.Equal((payload.Length, "a/b"), (got.Payload.Length, got.Topic));
            Assert.True(payload == got.Payload, $"The payload of {sizes[i]} bytes has changed.");
            if (qos == 0) continue;
            await subscriber.AcknowledgeAsync(PacketType.Puback, got.Id);
            Assert.Equal(i + 1, (await publisher.ReceiveAcknowledgementAsync(PacketType.Puback)).PacketIdentifier);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(191)]
    [InlineData(10_000)]
    public async Task Packets_may_come_in_pieces_that_end_anywhere(int piece)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s");
        await subscriber.SubscribeAsync("a", 0);
        await using var publisher = await broker.OpenAsync("p");
        int[] sizes = piece == 1 ? [0, 10, 300] : [0, 10, 300, 5_000, 70_000];
        byte[] all = [.. sizes.SelectMany(size => RawConnection.PublishBytes(MqttVersion.V311, "a", Text(size, size)))];
        foreach (var part in all.Chunk(piece))
        {
            await publisher.SendAsync(part);
            if (piece < 200) await Task.Yield();
        }
        foreach (var size in sizes) Assert.True(Text(size, size) == (await subscriber.ReceivePublishAsync()).Payload, $"{size} bytes");
    }

    [Fact]
    public async Task A_subscriber_that_reads_slowly_gets_large_messages_whole_and_in_order()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s");
        await subscriber.SubscribeAsync("a", 0);
        await using var publisher = await broker.OpenAsync("p");
        const int count = 300;
        for (var i = 0; i < count; i++) await publisher.PublishAsync("a", Text(i % 3 == 0 ? 100 : 100_000, i));
        await publisher.PingAsync();
        Assert.SkipUnless(broker.Broker.GetClient("s")!.Status.QueuedMessages > 0, "The system's buffers have taken all of it at once.");
        for (var i = 0; i < count; i++)
        {
            Assert.True(Text(i % 3 == 0 ? 100 : 100_000, i) == (await subscriber.ReceivePublishAsync()).Payload, $"message {i}");
        }
    }

    [Fact]
    public async Task A_client_that_goes_on_sending_is_told_why_its_connection_ends()
    {
        await using var broker = await TestBroker.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await using var client = await broker.OpenAsync($"c{i}", MqttVersion.V5);
            // A second CONNECT is a protocol error; behind it lies more than the broker reads.
            await client.SendAsync([.. RawConnection.Bytes(TestBroker.Login(null, null), MqttVersion.V5), .. new byte[200_000]]);
            Assert.Equal(ReasonCode.ProtocolError, DisconnectPacket.Read(await client.ReceiveAsync(PacketType.Disconnect), MqttVersion.V5).Reason);
        }
    }

    [Fact]
    public async Task A_listener_at_every_address_takes_both_kinds_and_bans_go_by_the_plain_address()
    {
        await using var broker = await TestBroker.StartAsync(listen: new MqttListenerOptions { Address = "*" });
        await using (var client = await broker.OpenAsync("four"))
        {
            Assert.StartsWith("127.0.0.1:", broker.Broker.GetClient("four")!.Status.RemoteEndPoint, StringComparison.Ordinal);
        }
        using var six = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await six.ConnectAsync(IPAddress.IPv6Loopback, broker.Port, TestContext.Current.CancellationToken);
        six.Send(RawConnection.Bytes(TestBroker.Login(null, null, MqttVersion.V311, "six"), MqttVersion.V311));
        Assert.Equal(4, await six.ReceiveAsync(new byte[4], TestContext.Current.CancellationToken));
        Assert.StartsWith("[::1]:", broker.Broker.GetClient("six")!.Status.RemoteEndPoint, StringComparison.Ordinal);

        broker.Broker.Ban(new MqttBan { Address = "127.0.0.0/8" });
        await using var banned = await broker.OpenAsync();
        await banned.AssertClosedAsync();
        six.Send([0xC0, 0]);
        Assert.Equal(2, await six.ReceiveAsync(new byte[2], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_plain_Kestrel_endpoint_serves_MQTT_too()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddMqttBroker();
        builder.Services.Configure<MqttSecurityOptions>(security => security.AllowAnonymous = true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, endpoint => Microsoft.AspNetCore.Connections.ConnectionBuilderExtensions.UseConnectionHandler<MqttConnectionHandler>(endpoint)));
        await using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var port = new Uri(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        await using var client = await RawConnection.OpenAsync(port, MqttVersion.V311);
        await client.SendAsync(TestBroker.Login(null, null, MqttVersion.V311));
        await client.ReceiveAsync(PacketType.Connack);
        await client.SubscribeAsync("a", 1);
        await client.PublishAsync("a", Text(100_000, 1), 1, 1);
        Assert.True(Text(100_000, 1) == (await client.ReceivePublishAmongOthersAsync()).Payload);
    }

    [Fact]
    public async Task A_port_in_use_is_said_to_be_so()
    {
        await using var first = await TestBroker.StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddMqttBroker();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenMqtt(new MqttListenerOptions { Port = first.Port }));
        await using var second = builder.Build();
        var fault = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("address already in use", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Letters that tell one message from another, and one place from the next.</summary>
    private static string Text(int size, int seed)
    {
        var text = new StringBuilder(size);
        for (var i = 0; i < size; i++) text.Append((char)('a' + (i + i / 251 + seed) % 26));
        return text.ToString();
    }
}
