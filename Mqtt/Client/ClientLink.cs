using System.IO.Pipelines;
using System.Net.Sockets;

namespace Weir.Mqtt;

/// <summary>Takes one packet that has come.</summary>
internal delegate void FrameSink(ClientLink link, in Frame frame);

/// <summary>One network connection of a client: one loop reads, one writes, anybody sends.</summary>
internal sealed class ClientLink : IAsyncDisposable
{
    /// <summary>With more than this unsent, who publishes waits.</summary>
    private const int HighWater = 256 * 1024;

    private readonly Stream stream;
    private readonly PipeReader reader;
    private readonly FrameScratch scratch = new();
    private readonly int maxPacketSize;
    private readonly Lock gate = new();
    private readonly AutoResetSignal ready = new();
    private readonly Task writing;
    private PacketBuffer filling = new();
    private PacketBuffer sending = new();
    private TaskCompletionSource? drained;
    private volatile bool closed;
    private volatile bool wrote;
    private volatile bool reads;

    private ClientLink(Stream stream, MqttClientOptions options)
    {
        this.stream = stream;
        Version = options.Version;
        maxPacketSize = options.MaxPacketSize;
        reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        writing = WriteAsync();
    }

    public MqttVersion Version { get; }

    public bool IsClosed => closed;

    /// <summary>Connects, sends CONNECT and waits for CONNACK.</summary>
    /// <exception cref="MqttException">The broker cannot be reached, or refuses.</exception>
    public static async Task<(ClientLink Link, ConnackPacket Answer)> OpenAsync(
        MqttClientOptions options, ConnectPacket connect, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ConnectTimeout);
        ClientLink? link = null;
        try
        {
            link = new ClientLink(await ClientTransport.OpenAsync(options, timeout.Token).ConfigureAwait(false), options);
            link.Send(connect);
            var answer = await link.ReadConnackAsync(timeout.Token).ConfigureAwait(false);
            if (answer.Reason >= ReasonCode.UnspecifiedError)
            {
                throw new MqttException(answer.Reason,
                    $"The broker at {options.Host}:{options.Port} refuses the connection: {answer.Reason}. {answer.Properties.ReasonString}");
            }
            return (link, answer);
        }
        catch (Exception fault)
        {
            if (link is not null) await link.DisposeAsync().ConfigureAwait(false);
            if (fault is MqttException || cancellationToken.IsCancellationRequested) throw;
            var cause = fault is OperationCanceledException ? $"no answer within {options.ConnectTimeout}" : fault.Message;
            throw new MqttException(ReasonCode.ServerUnavailable,
                $"The broker at {options.Host}:{options.Port} cannot be reached: {cause}.", fault);
        }
    }

    /// <summary>Sends a packet; false when the link is closed.</summary>
    public bool Send<T>(in T packet) where T : IOutboundPacket
    {
        lock (gate)
        {
            if (closed) return false;
            packet.Write(filling, Version);
        }
        ready.Set();
        return true;
    }

    /// <summary>Waits while much is unsent.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (closed || filling.Length < HighWater) return default;
            drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(drained.Task.WaitAsync(cancellationToken));
        }
    }

    /// <summary>Whether anything was sent since this was last asked.</summary>
    public bool WroteSinceAsked()
    {
        var answer = wrote;
        wrote = false;
        return answer;
    }

    /// <summary>Hands every packet that comes to the sink until the connection ends.</summary>
    /// <returns>Why it ended, for people.</returns>
    public async Task<MqttException> ReadAsync(FrameSink sink)
    {
        reads = true;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                var consumed = Scan(read, sink);
                reader.AdvanceTo(consumed, read.Buffer.End);
                if (read.IsCompleted) return new MqttException(ReasonCode.ServerUnavailable, "The broker has closed the connection.");
            }
        }
        catch (MqttException fault)
        {
            return fault;
        }
        catch (Exception lost) when (ClientTransport.IsLoss(lost))
        {
            return new MqttException(ReasonCode.ServerUnavailable, $"The connection was lost: {lost.Message}", lost);
        }
        finally
        {
            Close();
            // Here, and not where the link is disposed: that may happen while a packet is being read.
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Writes what is still to be sent, then ends the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        try
        {
            await writing.WaitAsync(TimeSpan.FromSeconds(2)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The broker does not read any more: what is unsent stays unsent.
        }
        await stream.DisposeAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        if (!reads) await reader.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the connection at once.</summary>
    public void Abort()
    {
        Close();
        stream.Dispose();
    }

    private void Close()
    {
        lock (gate)
        {
            closed = true;
            drained?.TrySetResult();
            drained = null;
        }
        ready.Set();
    }

    private async Task<ConnackPacket> ReadConnackAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryReadConnack(read, out var answer, out var consumed))
            {
                reader.AdvanceTo(consumed);
                return answer;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) throw new IOException("the broker closed the connection before it answered CONNECT");
        }
    }

    private bool TryReadConnack(
        in ReadResult read, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ConnackPacket? answer, out SequencePosition consumed)
    {
        var scanner = new FrameScanner(read.Buffer, maxPacketSize, scratch);
        answer = null;
        if (scanner.TryRead(out var frame))
        {
            answer = frame.Type == PacketType.Connack ? ConnackPacket.Read(frame, Version)
                : throw MqttException.ProtocolError($"The broker's first packet must be CONNACK, but is {frame.Type}.");
        }
        consumed = scanner.Consumed;
        return answer is not null;
    }

    private SequencePosition Scan(in ReadResult read, FrameSink sink)
    {
        var scanner = new FrameScanner(read.Buffer, maxPacketSize, scratch);
        while (scanner.TryRead(out var frame)) sink(this, frame);
        return scanner.Consumed;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                var ends = closed;
                if (Swap())
                {
                    await stream.WriteAsync(sending.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
                    sending.Clear();
                    wrote = true;
                }
                else if (ends)
                {
                    if (stream is NetworkStream network) network.Socket.Shutdown(SocketShutdown.Send);
                    return;
                }
                else
                {
                    await ready.WaitAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception lost) when (ClientTransport.IsLoss(lost))
        {
            // The reading side sees the same end and tells of it.
            Close();
        }
    }

    private bool Swap()
    {
        lock (gate)
        {
            if (filling.Length == 0) return false;
            (filling, sending) = (sending, filling);
            drained?.TrySetResult();
            drained = null;
            return true;
        }
    }
}
