using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Weir.Mqtt;

/// <summary>
/// Serves MQTT on a Kestrel endpoint:
/// <c>kestrel.Listen(address, 1883, endpoint => endpoint.UseConnectionHandler&lt;MqttConnectionHandler&gt;())</c>, or
/// <see cref="MqttListenerExtensions.ListenMqtt"/>, which does it with TLS and the like.
/// Needs <see cref="MqttServiceCollectionExtensions.AddMqttBroker"/>.
/// </summary>
public sealed class MqttConnectionHandler : ConnectionHandler
{
    private readonly MqttBroker broker;

    /// <summary>Made by the host.</summary>
    /// <param name="broker">The broker of the same host.</param>
    public MqttConnectionHandler(IMqttBroker broker) => this.broker = (MqttBroker)broker;

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket) KeepAlive(socket, broker.Options.TcpKeepAlive);
        var client = new ClientConnection(connection, broker);
        return broker.TryEnter(client) ? client.RunAsync() : Task.CompletedTask;
    }

    /// <summary>A client that asks for no keep-alive may vanish without a word: the system then finds out by itself.</summary>
    private static void KeepAlive(Socket socket, TimeSpan after)
    {
        if (after == TimeSpan.Zero) return;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Math.Max(1, (int)after.TotalSeconds));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Clamp((int)after.TotalSeconds, 1, 15));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // Then the connection is over already.
        }
    }
}
