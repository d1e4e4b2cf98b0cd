using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Weir.Mqtt;

/// <summary>Opens the stream of bytes that a client speaks over: TCP, TLS, or WebSocket over either.</summary>
internal static class ClientTransport
{
    public static async Task<Stream> OpenAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        if (options.WebSocketPath is not null) return await OpenWebSocketAsync(options, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, cancellationToken).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (options.Tls is null) return stream;
            var secured = new SslStream(stream, leaveInnerStreamOpen: false);
            stream = secured;
            await secured.AuthenticateAsClientAsync(WithHost(options), cancellationToken).ConfigureAwait(false);
            return secured;
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether an exception only says that the connection is gone.</summary>
    public static bool IsLoss(Exception fault) =>
        fault is IOException or SocketException or WebSocketException or ObjectDisposedException or OperationCanceledException;

    private static async Task<Stream> OpenWebSocketAsync(MqttClientOptions options, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler();
        if (options.Tls is not null) handler.SslOptions = WithHost(options);
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol("mqtt");
            var uri = new UriBuilder(options.Tls is null ? "ws" : "wss", options.Host, options.Port, options.WebSocketPath).Uri;
            await socket.ConnectAsync(uri, invoker, cancellationToken).ConfigureAwait(false);
            return WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions WithHost(MqttClientOptions options)
    {
        if (options.Tls!.TargetHost is null) options.Tls.TargetHost = options.Host;
        return options.Tls;
    }
}
