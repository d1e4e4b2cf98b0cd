using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Weir.Mqtt;

/// <summary>An address at which <see cref="SocketTransport"/> listens in place of Kestrel's own sockets.</summary>
internal sealed class MqttEndPoint(IPAddress address, int port) : IPEndPoint(address, port);

/// <summary>
/// The transport under Kestrel for the broker's listeners. Kestrel's own puts two pipes and two hand-overs between threads
/// around each socket, and its blocks of 4 KiB; this one reads and writes in the thread that wants to, and a connection
/// that is silent holds next to nothing. All that stands above it (TLS, PROXY protocol, shutting down) is Kestrel's.
/// </summary>
internal sealed class SocketTransport(ILogger<SocketTransport> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Other end points are left to the transports that were registered before.</summary>
    public bool CanBind(EndPoint endpoint) => endpoint is MqttEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(SocketListener.Bind((MqttEndPoint)endpoint, new BrokerLog(logger)));
}
