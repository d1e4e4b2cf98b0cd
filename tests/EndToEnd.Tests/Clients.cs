using Weir.Mqtt;

namespace Weir.EndToEnd.Tests;

internal static class Clients
{
    public static async Task<MqttClient> ConnectAsync(int port, string id)
    {
        var client = new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = port, ClientId = id });
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        return client;
    }
}
