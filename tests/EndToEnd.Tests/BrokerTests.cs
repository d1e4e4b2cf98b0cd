using System.Net.Sockets;

namespace Weir.EndToEnd.Tests;

/// <summary>Real MQTT clients against the broker of a whole site.</summary>
public sealed class BrokerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Mosquittos_clients_talk_to_each_other_through_the_broker(int qos)
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");

        var subscribed = Mosquitto.SubscribeAsync(site.MqttPort, "hall/+", messages: 2, qos);
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/site")).GetProperty("broker").GetProperty("connections").GetInt32() == 1,
            TimeSpan.FromSeconds(20), () => site.Output);
        // Connected is not yet subscribed: the first message may come too early, and nothing is said of it below.
        await Mosquitto.PublishAsync(site.MqttPort, "hall/ready", "?", qos);
        await Mosquitto.PublishAsync(site.MqttPort, "hall/door", "open", qos);
        await Mosquitto.PublishAsync(site.MqttPort, "hall/door", "shut", qos);

        var lines = (await subscribed).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("open", lines);
    }

    [Fact]
    public async Task A_malformed_packet_closes_that_connection_and_no_other()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        await using var good = await Clients.ConnectAsync(site.MqttPort, "good");
        await good.PublishAsync("hall/door", "before"u8.ToArray(), Mqtt.QualityOfService.AtLeastOnce);

        using var bad = new TcpClient();
        await bad.ConnectAsync("127.0.0.1", site.MqttPort, TestContext.Current.CancellationToken);
        // A CONNECT whose remaining length runs over five bytes, which no MQTT packet may have.
        await bad.GetStream().WriteAsync(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var read = await bad.GetStream().ReadAsync(new byte[1], patience.Token);

        Assert.Equal(0, read);
        await good.PublishAsync("hall/door", "after"u8.ToArray(), Mqtt.QualityOfService.AtLeastOnce);
        var answer = await site.GetAsync("api/exchanges/hall/messages");
        Assert.Equal(["before", "after"], answer.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("payload").GetString()));
    }
}
