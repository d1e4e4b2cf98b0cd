using System.Net;
using System.Net.Http.Json;
using Weir.Mqtt;

namespace Weir.EndToEnd.Tests;

/// <summary>The broker of a whole site as an operator meets it: configuration, HTTP API, metrics.</summary>
public sealed class BrokerOperationTests
{
    [Fact]
    public async Task Clients_are_shown_disconnected_and_banned_over_the_api_and_counted_in_the_metrics()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await using var client = await Clients.ConnectAsync(site.MqttPort, "press-1");
        await client.SubscribeAsync("hall/+", QualityOfService.AtLeastOnce, (_, _) => default, TestContext.Current.CancellationToken);
        await client.PublishAsync("hall/door", "open"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);

        var all = await site.GetAsync("api/broker/clients");
        var shown = Assert.Single(all.EnumerateArray());
        Assert.Equal(("press-1", "MQTT 5", true), (shown.GetProperty("clientId").GetString(), shown.GetProperty("protocol").GetString(), shown.GetProperty("isConnected").GetBoolean()));
        var details = await site.GetAsync("api/broker/clients/press-1");
        Assert.Equal("hall/+", Assert.Single(details.GetProperty("subscriptions").EnumerateArray()).GetProperty("filter").GetString());

        var metrics = await site.Http.GetStringAsync("metrics", TestContext.Current.CancellationToken);
        Assert.Contains("\nweir_mqtt_connections 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nweir_mqtt_messages_received_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("weir_mqtt_messages_dropped_total{cause=\"QueueFull\"} 0", metrics, StringComparison.Ordinal);

        using var disconnected = await site.Http.DeleteAsync("api/broker/clients/press-1", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, disconnected.StatusCode);
        Assert.Equal(ReasonCode.AdministrativeAction, await client.Completion.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        using var unknown = await site.Http.DeleteAsync("api/broker/clients/nobody", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);

        using var banned = await site.Http.PostAsJsonAsync("api/broker/bans", new { clientId = "press-1", reason = "It leaks oil." }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, banned.StatusCode);
        Assert.Equal(ReasonCode.Banned, (await Assert.ThrowsAsync<MqttException>(() => Clients.ConnectAsync(site.MqttPort, "press-1"))).Reason);
        Assert.Equal("It leaks oil.", Assert.Single((await site.GetAsync("api/broker/bans")).EnumerateArray()).GetProperty("reason").GetString());
        using var unbanned = await site.Http.DeleteAsync("api/broker/bans?clientId=press-1", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, unbanned.StatusCode);
        await using var back = await Clients.ConnectAsync(site.MqttPort, "press-1");
    }

    [Fact]
    public async Task Users_access_and_limits_come_from_the_configuration_and_web_socket_is_beside_the_dashboard()
    {
        var settings = new Dictionary<string, string>
        {
            ["Weir__Mqtt__Security__Users__0__Name"] = "ann",
            ["Weir__Mqtt__Security__Users__0__PasswordHash"] = PasswordHash.Create("pw"u8, 1000),
            ["Weir__Mqtt__Security__FailureDelay"] = "00:00:00",
            ["Weir__Mqtt__Security__Access__0__Topic"] = "users/%u/#",
            ["Weir__Mqtt__Limits__MaxPacketSize"] = "1000",
        };
        await using var site = await SiteProcess.StartWithAsync(settings, null, "--no-demo");
        Assert.Equal(ReasonCode.NotAuthorized, (await Assert.ThrowsAsync<MqttException>(() => Clients.ConnectAsync(site.MqttPort, "nobody"))).Reason);
        await using var client = new MqttClient(new MqttClientOptions
        {
            Host = "127.0.0.1", Port = site.HttpPort, WebSocketPath = "/mqtt", ClientId = "web", UserName = "ann", Password = "pw"u8.ToArray(),
        });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("users/ann/x", "1"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("users/bob/x", "1"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(ReasonCode.PacketTooLarge, (await Assert.ThrowsAsync<MqttException>(async () =>
            await client.PublishAsync("users/ann/x", new byte[2000], cancellationToken: TestContext.Current.CancellationToken))).Reason);
    }

    [Theory]
    [InlineData("Weir__Mqtt__Limits__MaxInflight", "0", "MaxInflight")]
    [InlineData("Weir__Mqtt__Limits__MaxInflite", "5", "MaxInflite")]
    [InlineData("Weir__Mqtt__Listeners__0__Address", "nowhere", "Address")]
    public async Task A_wrong_setting_ends_the_start_with_a_sentence(string name, string value, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("weir-site-");
        try
        {
            var (code, _, error) = await SiteProcess.RunWithAsync(new Dictionary<string, string> { [name] = value }, "--data", folder.FullName, "--http-port", $"{FreePort.Next()}", "--mqtt-port", $"{FreePort.Next()}", "--no-demo");
            Assert.Equal(1, code);
            Assert.Contains(expected, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
