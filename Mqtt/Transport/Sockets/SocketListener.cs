using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Weir.Mqtt;

/// <summary>Takes connections at one address.</summary>
internal sealed class SocketListener : IConnectionListener
{
    /// <summary>How many may wait to be taken: a storm of reconnects comes at once. The system bounds it as well.</summary>
    private const int Backlog = 4096;

    /// <summary>After a failure such as that no file can be opened any more: the next would fail as well.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket socket;
    private readonly BrokerLog log;

    private SocketListener(Socket socket, BrokerLog log)
    {
        this.socket = socket;
        this.log = log;
        EndPoint = socket.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    /// <exception cref="AddressInUseException">Another listens there.</exception>
    /// <exception cref="SocketException">The address cannot be listened at.</exception>
    public static SocketListener Bind(MqttEndPoint endpoint, BrokerLog log)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Any address of IPv6 means any of IPv4 as well.
            if (endpoint.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(new IPEndPoint(endpoint.Address, endpoint.Port));
            socket.Listen(Backlog);
            return new SocketListener(socket, log);
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            if (fault.SocketErrorCode != SocketError.AddressAlreadyInUse) throw;
            throw new AddressInUseException(fault.Message, fault);
        }
    }

    /// <summary>The next connection; null when the listener has ended.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                return new SocketConnection(await socket.AcceptAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException fault) when (fault.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException fault)
            {
                // The client has gone before it was taken, or the process is out of files: the listener goes on.
                if (fault.SocketErrorCode == SocketError.ConnectionReset) continue;
                log.AcceptFails(EndPoint.ToString()!, fault.Message);
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
