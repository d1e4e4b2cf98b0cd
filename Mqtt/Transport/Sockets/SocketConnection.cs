using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Weir.Mqtt;

/// <summary>One connection of <see cref="SocketTransport"/>.</summary>
internal sealed class SocketConnection : ConnectionContext, IDuplexPipe, IConnectionSocketFeature
{
    /// <summary>What is read of a client that goes on sending while it is told goodbye.</summary>
    private const int LastRead = 64 * 1024;

    private static long lastNumber;

    private readonly SocketReader reader;
    private readonly SocketWriter writer;
    private string? id;
    private IDictionary<object, object?>? items;
    private CancellationTokenSource? closed;
    private volatile bool ended;

    public SocketConnection(Socket socket)
    {
        Socket = socket;
        socket.NoDelay = true;
        // With it a read or write that would have to wait says so; those that wait are asynchronous in any case.
        socket.Blocking = false;
        reader = new SocketReader(socket);
        writer = new SocketWriter(socket);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Features = new SmallFeatureCollection(this);
        Transport = this;
    }

    public Socket Socket { get; }

    /// <summary>Made when somebody asks for it: that is, for a log.</summary>
    public override string ConnectionId
    {
        get => id ??= "mqtt-" + Interlocked.Increment(ref lastNumber).ToString(CultureInfo.InvariantCulture);
        set => id = value;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => items ??= new Dictionary<object, object?>();
        set => items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed
    {
        get
        {
            var source = LazyInitializer.EnsureInitialized(ref closed);
            if (ended) source.Cancel();
            return source.Token;
        }
        set => throw new NotSupportedException();
    }

    public PipeReader Input => reader;

    public PipeWriter Output => writer;

    /// <summary>Ends it at once: whoever reads or writes is told.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        End();
        Socket.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
            // Bytes that nobody has read would make the system reset the connection, and the client might never see why.
            if (Socket.Available > 0) DiscardReceived();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The other side was faster.
        }
        End();
        Socket.Dispose();
        reader.Free();
        writer.Free();
        return base.DisposeAsync();
    }

    private void DiscardReceived()
    {
        Span<byte> waste = stackalloc byte[4096];
        for (var left = LastRead; left > 0;)
        {
            var size = Socket.Receive(waste, SocketFlags.None, out _);
            if (size == 0) return;
            left -= size;
        }
    }

    private void End()
    {
        ended = true;
        Volatile.Read(ref closed)?.Cancel();
    }
}
