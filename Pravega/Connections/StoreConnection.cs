using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Weir.Pravega.Security;
using Weir.Pravega.Wire;

namespace Weir.Pravega.Connections;

/// <summary>Takes what a connection receives that answers no question: acknowledgements of appends, and the end.</summary>
internal interface IAppendListener
{
    /// <summary>A frame has come. Called by the connection's one receiver, so it must be quick.</summary>
    void Received(WireCommand command);

    /// <summary>The connection is over. Called once, last.</summary>
    void Lost(StoreConnection connection, Exception cause);
}

/// <summary>
/// A connection to a segment store. Questions and answers find each other by request id, in any order; frames go out whole,
/// one after the other. A peer that is silent for three keep-alive intervals is gone.
/// </summary>
internal sealed class StoreConnection : IAsyncDisposable
{
    // What this client knows: replies of version 17 can be read, and the server only looks whether the ranges overlap.
    private const int NewestVersion = 17, OldestVersion = 5;
    private const int SilentIntervals = 3;
    private const int ReceiveBuffer = 256 << 10;

    // Far above any offset: a store answers a read that is not allowed with the offset in place of the request id.
    private const long FirstRequestId = 1L << 52;

    private readonly Stream stream;
    private readonly TimeProvider time;
    private readonly IAppendListener? listener;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<long, Question> questions = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly ArrayBufferWriter<byte> outgoing = new(1024);
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource hello = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private Task receiving = Task.CompletedTask, keeping = Task.CompletedTask;
    private Exception? failure;
    private long lastId = FirstRequestId;
    private long framesReceived;

    private StoreConnection(Stream stream, DnsEndPoint server, TimeProvider time, IAppendListener? listener, ILogger logger)
    {
        this.stream = stream;
        this.time = time;
        this.listener = listener;
        this.logger = logger;
        Server = $"{server.Host}:{server.Port}";
    }

    /// <summary>Where it goes to, for people.</summary>
    public string Server { get; }

    /// <summary>Whether nothing has gone wrong with it yet.</summary>
    public bool IsOpen => Volatile.Read(ref failure) is null;

    /// <summary>How many questions wait for their answer.</summary>
    public int Waiting => questions.Count;

    /// <summary>Connects and exchanges the first words.</summary>
    /// <exception cref="StoreUnreachableException">Nobody answers there, or not in time.</exception>
    /// <exception cref="PravegaTlsException">The server's certificate is not trusted, or it speaks no TLS.</exception>
    public static async Task<StoreConnection> ConnectAsync(
        DnsEndPoint server, PravegaClientOptions options, TimeProvider time, IAppendListener? listener, ILogger logger,
        CancellationToken cancellationToken)
    {
        if (options.MapSegmentStore is { } map) server = map(server);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        StoreConnection? connection = null;
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, limit.Token).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (options.UsesTls)
            {
                var secure = new SslStream(stream);
                stream = secure;
                await secure.AuthenticateAsClientAsync(ServerTrust.For(options, server.Host), limit.Token).ConfigureAwait(false);
            }
            connection = new StoreConnection(stream, server, time, listener, logger);
            PravegaMetrics.Connections.Add(1);
            connection.receiving = connection.ReceiveAsync();
            await connection.SendAsync(new Hello(NewestVersion, OldestVersion), limit.Token).ConfigureAwait(false);
            await connection.hello.Task.WaitAsync(limit.Token).ConfigureAwait(false);
            connection.keeping = connection.KeepAliveAsync(options.KeepAlive);
            return connection;
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            var name = $"{server.Host}:{server.Port}";
            throw e switch
            {
                AuthenticationException => ServerTrust.Failed($"segment store {name}", e),
                OperationCanceledException when !cancellationToken.IsCancellationRequested =>
                    new StoreUnreachableException($"The segment store {name} did not answer within {options.ConnectTimeout}.", e),
                SocketException or IOException and not PravegaException =>
                    new StoreUnreachableException($"The segment store {name} cannot be reached: {e.Message}", e),
                _ => Rethrow(e),
            };
        }
    }

    /// <summary>A request id that this connection has not had.</summary>
    public long NextId() => Interlocked.Increment(ref lastId);

    /// <summary>Asks and waits for the answer, which may be a failure reply.</summary>
    /// <exception cref="StoreUnreachableException">The connection is lost; whether the request was carried out is open.</exception>
    public async Task<WireCommand> AskAsync(long requestId, WireCommand request, CancellationToken cancellationToken)
    {
        var question = new Question(request is ReadSegment);
        questions[requestId] = question;
        try
        {
            ThrowIfOver();
            await SendAsync(request, cancellationToken).ConfigureAwait(false);
            return await question.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            questions.TryRemove(requestId, out _);
        }
    }

    /// <summary>Sends a command.</summary>
    public async ValueTask SendAsync(WireCommand command, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            outgoing.ResetWrittenCount();
            WireCodec.Write(command, outgoing);
            await WriteAsync(outgoing.WrittenMemory).ConfigureAwait(false);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Sends a frame that is written already. Begins at once where the connection is free, and then often ends at once.</summary>
    public ValueTask SendFrameAsync(ReadOnlyMemory<byte> frame)
    {
        if (!writing.Wait(0, CancellationToken.None)) return SendFrameInTurnAsync(frame);
        var write = WriteAsync(frame);
        if (!write.IsCompletedSuccessfully) return ReleaseAfterAsync(write);
        writing.Release();
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the connection for a reason, which everybody who waits on it gets.</summary>
    public void Fail(Exception cause)
    {
        lock (gate)
        {
            if (failure is not null) return;
            Volatile.Write(ref failure, cause);
        }
        PravegaMetrics.Connections.Add(-1);
        PravegaMessages.ConnectionLost(logger, Server, cause.Message);
        stop.Cancel();
        stream.Dispose();
        hello.TrySetException(Over());
        foreach (var (_, question) in questions) question.Answer.TrySetException(Over());
        listener?.Lost(this, Over());
    }

    public async ValueTask DisposeAsync()
    {
        Fail(new ObjectDisposedException(nameof(StoreConnection), $"The connection to segment store {Server} was closed."));
        await Task.WhenAll(receiving, keeping).ConfigureAwait(false);
        _ = hello.Task.Exception;
    }

    private static Exception Rethrow(Exception e)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e);
        return e;
    }

    private StoreUnreachableException Over() =>
        new($"The connection to segment store {Server} is lost: {failure!.Message}", failure);

    private void ThrowIfOver()
    {
        if (!IsOpen) throw Over();
    }

    private async ValueTask SendFrameInTurnAsync(ReadOnlyMemory<byte> frame)
    {
        await writing.WaitAsync(stop.Token).ConfigureAwait(false);
        await ReleaseAfterAsync(WriteAsync(frame)).ConfigureAwait(false);
    }

    private async ValueTask ReleaseAfterAsync(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        finally
        {
            writing.Release();
        }
    }

    // Not cancelled by the caller: half a frame would be the end of the connection.
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            await stream.WriteAsync(frame, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(e);
            throw Over();
        }
    }

    private async Task ReceiveAsync()
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReceiveBuffer, minimumReadSize: ReceiveBuffer / 4, leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(stop.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (WireCodec.TryRead(ref buffer, out var command)) Take(command!);
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted) throw new EndOfStreamException("the segment store has closed it.");
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private void Take(WireCommand command)
    {
        Interlocked.Increment(ref framesReceived);
        switch (command)
        {
            case KeepAlive:
                break;
            case Hello their when their.Low > NewestVersion || their.High < OldestVersion:
                throw new PravegaProtocolException(
                    $"The segment store {Server} speaks versions {their.Low} to {their.High} of the protocol, but this client {OldestVersion} to {NewestVersion}.");
            case Hello:
                hello.TrySetResult();
                break;
            case IRequestCommand reply when questions.TryRemove(reply.RequestId, out var question):
                question.Answer.TrySetResult(command);
                break;
            case AuthTokenCheckFailed when listener is null:
                // Of a read, the id is the read's offset: any of the reads may be meant.
                foreach (var (_, question) in questions)
                {
                    if (question.IsRead) question.Answer.TrySetResult(command);
                }
                break;
            case SegmentRead late:
                if (late.Data.Count > 0) ArrayPool<byte>.Shared.Return(late.Data.Array!);
                break;
            default:
                listener?.Received(command);
                break;
        }
    }

    private async Task KeepAliveAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, time);
        var (seen, silent) = (-1L, 0);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
            {
                var received = Interlocked.Read(ref framesReceived);
                silent = received == seen ? silent + 1 : 0;
                seen = received;
                if (silent >= SilentIntervals)
                {
                    Fail(new TimeoutException($"nothing has come for {silent * interval}."));
                    return;
                }
                // Who is writing shows to the peer that it lives; a write that hangs is found by the silence.
                if (silent == 0 || !await writing.WaitAsync(0).ConfigureAwait(false)) continue;
                outgoing.ResetWrittenCount();
                WireCodec.Write(new KeepAlive(), outgoing);
                // Observed by itself: a write that fails ends the connection, and one that hangs must not stop the clock.
                _ = ReleaseAfterAsync(WriteAsync(outgoing.WrittenMemory)).AsTask().ContinueWith(
                    static done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
    }

    private sealed record Question(bool IsRead)
    {
        public TaskCompletionSource<WireCommand> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A segment store cannot be reached just now; who asked tries again.</summary>
internal sealed class StoreUnreachableException(string message, Exception? cause = null) : PravegaUnavailableException(message, cause);
