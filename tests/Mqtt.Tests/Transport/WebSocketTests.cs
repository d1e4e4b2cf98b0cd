using System.Net;
using System.Net.WebSockets;
using Weir.Mqtt.Tests.Conformance;

namespace Weir.Mqtt.Tests.Transport;

/// <summary>MQTT over WebSocket (section 6).</summary>
public sealed class WebSocketTests
{
    private static readonly byte[] Connect = RawConnection.Bytes(
        new ConnectPacket { Version = MqttVersion.V311, ClientId = "ws", CleanStart = true }, MqttVersion.V311);

    [Fact]
    public async Task Messages_pass_between_web_socket_and_tcp()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var web = await TestBroker.ConnectAsync(broker.Options("web") with { Port = broker.WebPort, WebSocketPath = "/mqtt" });
        await using var tcp = await broker.ConnectAsync("tcp");
        var large = new byte[200_000];
        Random.Shared.NextBytes(large);
        var got = new TaskCompletionSource<byte[]>();
        await web.SubscribeAsync("a", QualityOfService.ExactlyOnce, (message, _) =>
        {
            got.TrySetResult(message.Payload.ToArray());
            return default;
        }, TestContext.Current.CancellationToken);
        await tcp.PublishAsync("a", large, QualityOfService.ExactlyOnce, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(large, await got.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        Assert.StartsWith("127.0.0.1:", broker.Broker.GetClient("web")!.Status.RemoteEndPoint, StringComparison.Ordinal);
        await web.DisconnectAsync();
    }

    [Fact, Statement("MQTT-6.0.0-1", "3.1.1:MQTT-6.0.0-1")]
    public async Task MQTT_6_0_0_1_A_frame_of_text_closes_the_connection()
    {
        await using var broker = await TestBroker.StartAsync();
        using var socket = await OpenAsync(broker, "mqtt");
        await socket.SendAsync(Connect, WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var answer = await socket.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken);
        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.InvalidMessageType), (answer.MessageType, socket.CloseStatus));
    }

    [Fact, Statement("MQTT-6.0.0-2", "3.1.1:MQTT-6.0.0-2")]
    public async Task MQTT_6_0_0_2_Packets_need_not_begin_where_frames_do()
    {
        await using var broker = await TestBroker.StartAsync();
        using var socket = await OpenAsync(broker, "mqtt");
        byte[] all = [.. Connect, 0xC0, 0, 0xC0, 0];
        foreach (var part in all.Chunk(5))
        {
            await socket.SendAsync(part, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        }
        var got = new List<byte>();
        var buffer = new byte[64];
        while (got.Count < 8)
        {
            var answer = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            Assert.Equal(WebSocketMessageType.Binary, answer.MessageType);
            got.AddRange(buffer[..answer.Count]);
        }
        Assert.Equal([0x20, 2, 0, 0, 0xD0, 0, 0xD0, 0], got);
    }

    [Fact, Statement("MQTT-6.0.0-4", "MQTT-6.0.0-3", "3.1.1:MQTT-6.0.0-4", "3.1.1:MQTT-6.0.0-3")]
    public async Task MQTT_6_0_0_4_The_subprotocol_is_mqtt_and_none_other_is_served()
    {
        await using var broker = await TestBroker.StartAsync();
        using (var socket = await OpenAsync(broker, "chat", "mqtt")) Assert.Equal("mqtt", socket.SubProtocol);
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(broker, "chat"));
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(broker));
    }

    [Fact]
    public async Task A_page_of_another_origin_is_turned_away()
    {
        await using var broker = await TestBroker.StartAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(broker, with: socket => socket.Options.SetRequestHeader("Origin", "http://evil.example"), protocols: "mqtt"));
        using var own = await OpenAsync(broker, with: socket => socket.Options.SetRequestHeader("Origin", $"http://127.0.0.1:{broker.WebPort}"), protocols: "mqtt");
        Assert.Equal(WebSocketState.Open, own.State);
    }

    [Fact]
    public async Task What_is_no_web_socket_is_told_so()
    {
        await using var broker = await TestBroker.StartAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{broker.WebPort}/mqtt"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
    }

    [Fact]
    public async Task A_web_socket_that_breaks_publishes_the_will()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var watcher = await broker.OpenAsync("watcher");
        await watcher.SubscribeAsync("will", 0);
        using (var socket = await OpenAsync(broker, "mqtt"))
        {
            var connect = RawConnection.Bytes(new ConnectPacket
            {
                Version = MqttVersion.V311, ClientId = "dying", CleanStart = true,
                Will = new WillMessage("will", "gone"u8.ToArray(), QualityOfService.AtMostOnce, false, new Properties()),
            }, MqttVersion.V311);
            await socket.SendAsync(connect, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
            await socket.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken);
            socket.Abort();
        }
        Assert.Equal("gone", (await watcher.ReceivePublishAsync()).Payload);
    }

    private static Task<ClientWebSocket> OpenAsync(TestBroker broker, params string[] protocols) => OpenAsync(broker, null, protocols);

    private static async Task<ClientWebSocket> OpenAsync(TestBroker broker, Action<ClientWebSocket>? with, params string[] protocols)
    {
        var socket = new ClientWebSocket();
        foreach (var protocol in protocols) socket.Options.AddSubProtocol(protocol);
        with?.Invoke(socket);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{broker.WebPort}/mqtt"), TestContext.Current.CancellationToken);
        return socket;
    }
}
