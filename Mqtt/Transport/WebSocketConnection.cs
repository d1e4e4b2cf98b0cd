using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Weir.Mqtt;

/// <summary>
/// A WebSocket as the broker's connections are: its binary frames make one stream of bytes in each direction, wherever
/// frames begin and end (MQTT-6.0.0-2).
/// </summary>
internal sealed class WebSocketConnection : ConnectionContext, IDuplexPipe
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(5);

    private readonly WebSocket socket;
    private readonly Pipe received = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe sending = new(new PipeOptions(useSynchronizationContext: false));
    private readonly CancellationTokenSource aborted;
    private Task sender = Task.CompletedTask;

    public WebSocketConnection(WebSocket socket, HttpContext context)
    {
        this.socket = socket;
        aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        ConnectionId = context.Connection.Id;
        RemoteEndPoint = context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort) : null;
        Features.Set<ITlsConnectionFeature>(new Certificate(context.Connection.ClientCertificate));
        Transport = this;
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed => aborted.Token;

    public PipeReader Input => received.Reader;

    public PipeWriter Output => sending.Writer;

    public override void Abort(ConnectionAbortedException abortReason) => aborted.Cancel();

    /// <summary>Carries bytes both ways until the connection ends.</summary>
    public Task PumpAsync()
    {
        sender = SendAsync();
        return Task.WhenAll(ReceiveAsync(), sender);
    }

    /// <summary>The broker is done: what it has written goes out, then the WebSocket is closed.</summary>
    public async Task CloseAsync()
    {
        await sending.Writer.CompleteAsync().ConfigureAwait(false);
        await received.Reader.CompleteAsync().ConfigureAwait(false);
        aborted.CancelAfter(ClosePatience);
        await sender.ConfigureAwait(false);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, aborted.Token).ConfigureAwait(false);
            }
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            // It is closed all the same.
        }
    }

    public override ValueTask DisposeAsync()
    {
        aborted.Dispose();
        return base.DisposeAsync();
    }

    private static bool IsLoss(Exception fault) =>
        fault is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or ConnectionAbortedException;

    private async Task ReceiveAsync()
    {
        Exception? fault = null;
        try
        {
            while (true)
            {
                var got = await socket.ReceiveAsync(received.Writer.GetMemory(4096), aborted.Token).ConfigureAwait(false);
                if (got.MessageType == WebSocketMessageType.Close) break;
                if (got.MessageType == WebSocketMessageType.Text)
                {
                    // MQTT-6.0.0-1
                    fault = new IOException("a WebSocket frame of text came; MQTT comes in binary frames.");
                    await socket.CloseOutputAsync(WebSocketCloseStatus.InvalidMessageType, "MQTT comes in binary frames.", aborted.Token).ConfigureAwait(false);
                    break;
                }
                received.Writer.Advance(got.Count);
                var flush = await received.Writer.FlushAsync(aborted.Token).ConfigureAwait(false);
                if (flush.IsCompleted) break;
            }
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            fault = new IOException(lost.Message, lost);
        }
        await received.Writer.CompleteAsync(fault).ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                var read = await sending.Reader.ReadAsync(aborted.Token).ConfigureAwait(false);
                foreach (var part in read.Buffer)
                {
                    await socket.SendAsync(part, WebSocketMessageType.Binary, WebSocketMessageFlags.EndOfMessage, aborted.Token).ConfigureAwait(false);
                }
                sending.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            // The receiving side sees the same end and tells of it.
        }
        await sending.Reader.CompleteAsync().ConfigureAwait(false);
    }

    private sealed class Certificate(X509Certificate2? certificate) : ITlsConnectionFeature
    {
        public X509Certificate2? ClientCertificate { get; set; } = certificate;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
