using Weir.Pravega.Connections;
using Weir.Pravega.Wire;

namespace Weir.Pravega.Writing;

/// <summary>Hears what becomes of the appenders of a writer.</summary>
internal interface IAppenderOwner
{
    /// <summary>Held while any of the writer's queues is touched.</summary>
    Lock Gate { get; }

    /// <summary>The segment takes no more, and the queue has exactly what it has not stored. The appender has ended.</summary>
    Task EndedAsync(SegmentAppender appender);

    /// <summary>There is no going on.</summary>
    void GaveUp(SegmentAppender appender, Exception cause);
}

/// <summary>
/// Brings a queue to its segment: connects, sends while the window has room, takes acknowledgements, and connects anew
/// under the same writer id when the connection or the server is lost.
/// </summary>
internal sealed class SegmentAppender
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromSeconds(2);

    private readonly SegmentServices services;
    private readonly IAppenderOwner owner;
    private readonly EventWriterOptions options;
    private readonly Guid writerId;
    private readonly CancellationToken stop;
    private Link? ready;
    private TaskCompletionSource? room;
    private bool isSending;

    /// <param name="services">What it works with.</param>
    /// <param name="segment">Where the keys belong.</param>
    /// <param name="name">The name of the segment that is written: of the segment itself, or of its part of a transaction.</param>
    /// <param name="options">The writer's options.</param>
    /// <param name="pool">Where blocks come from.</param>
    /// <param name="load">What the writer holds in all its segments.</param>
    /// <param name="owner">The writer.</param>
    /// <param name="stop">Ends it.</param>
    public SegmentAppender(
        SegmentServices services, StreamSegment segment, string name, EventWriterOptions options, AppendBlockPool pool,
        WriterLoad load, IAppenderOwner owner, CancellationToken stop)
    {
        this.services = services;
        this.owner = owner;
        this.options = options;
        this.stop = stop;
        (Segment, Name) = (segment, name);
        writerId = WriterIds.Of(options.WriterId, segment.Id);
        Queue = new AppendQueue(segment, options, writerId, pool, load);
    }

    public StreamSegment Segment { get; }

    public string Name { get; }

    /// <summary>What is to be stored; with the owner's gate held.</summary>
    public AppendQueue Queue { get; }

    /// <summary>Ends when the first connection is up, or the appender has.</summary>
    public TaskCompletionSource FirstConnected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its work, from the first connection to the end.</summary>
    public Task Work { get; private set; } = Task.CompletedTask;

    public void Start() => Work = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>The next block to send and where; the caller sends it with <see cref="Send"/>. With the owner's gate held.</summary>
    public Outgoing? TakeOutgoing()
    {
        if (isSending || ready is null || Queue.TakeBlock(ready.RequestId) is not { } block) return null;
        isSending = true;
        return new Outgoing(ready, block);
    }

    /// <summary>Sends a block, and what the window has room for after it. Without the owner's gate.</summary>
    public void Send(Outgoing outgoing)
    {
        while (true)
        {
            var sending = outgoing.Link.Connection!.SendFrameAsync(outgoing.Block.Frame);
            if (!sending.IsCompletedSuccessfully)
            {
                // Owned by this appender: it goes on by itself, and a failure ends the connection, which RunAsync sees.
                _ = SentLaterAsync(sending);
                return;
            }
            lock (owner.Gate)
            {
                isSending = false;
                if (TakeOutgoing() is not { } next) return;
                outgoing = next;
            }
        }
    }

    /// <summary>Sends what the window has room for. Without the owner's gate.</summary>
    public void Pump()
    {
        Outgoing? outgoing;
        lock (owner.Gate) outgoing = TakeOutgoing();
        if (outgoing is { } first) Send(first);
    }

    /// <summary>Ends when the queue has room again; null where it has. With the owner's gate held.</summary>
    public Task? RoomOrNull()
    {
        if (!Queue.IsFull) return null;
        room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return room.Task;
    }

    /// <summary>Lets those go on who wait for room. With the owner's gate held.</summary>
    public void RoomMade()
    {
        room?.TrySetResult();
        room = null;
    }

    private async Task SentLaterAsync(ValueTask sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception e) when (e is PravegaException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is over; its end is told by the link.
        }
        lock (owner.Gate) isSending = false;
        Pump();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var link = await ConnectAsync().ConfigureAwait(false);
                if (link is null) break;
                await using var connection = link.Connection!.ConfigureAwait(false);
                lock (owner.Gate) ready = link;
                FirstConnected.TrySetResult();
                Pump();
                var isSealed = await WatchAsync(link).ConfigureAwait(false);
                lock (owner.Gate) ready = null;
                if (!isSealed) continue;
                // What was stored before the seal is told by a new connection for certain.
                if (await ConnectAsync().ConfigureAwait(false) is { } last) await last.Connection!.DisposeAsync().ConfigureAwait(false);
                break;
            }
            await owner.EndedAsync(this).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The writer is closed.
        }
        catch (Exception e)
        {
            owner.GaveUp(this, e);
        }
        finally
        {
            FirstConnected.TrySetResult();
        }
    }

    // Null where the segment is not there any more.
    private async Task<Link?> ConnectAsync()
    {
        var started = services.Time.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            var link = new Link(this);
            string why;
            try
            {
                var token = await services.Tokens.GetAsync(Segment.Stream, canWrite: true, stop).ConfigureAwait(false);
                var server = await services.Hosts.FindAsync(Segment, stop).ConfigureAwait(false);
                var connection = await services.Pool.ConnectAsync(server, link, stop).ConfigureAwait(false);
                link.Open(connection);
                WireCommand reply;
                try
                {
                    reply = await connection.AskAsync(link.RequestId, new SetupAppend(link.RequestId, writerId, Name, token), stop)
                        .WaitAsync(options.AckTimeout, services.Time, stop).ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    await connection.DisposeAsync().ConfigureAwait(false);
                    // A store closes the connection of a writer whose token has run out, without a word.
                    if (token.Length > 0) services.Tokens.Forget(Segment.Stream, canWrite: true);
                    if (e is not TimeoutException) throw;
                    throw new StoreUnreachableException($"The segment store {connection.Server} did not open the segment within {options.AckTimeout}.", e);
                }
                if (reply is AppendSetup setup)
                {
                    int events;
                    lock (owner.Gate)
                    {
                        events = Queue.Reconnected(setup.LastEventNumber == long.MinValue ? -1 : setup.LastEventNumber);
                        RoomMade();
                    }
                    PravegaMetrics.EventsWritten.Add(events);
                    return link;
                }
                await connection.DisposeAsync().ConfigureAwait(false);
                switch (reply)
                {
                    case NoSuchSegment or SegmentIsSealed:
                        return null;
                    case WrongHost:
                        why = $"{connection.Server} says that another server has it";
                        break;
                    case AuthTokenCheckFailed { Code: 1 }:
                        services.Tokens.Forget(Segment.Stream, canWrite: true);
                        why = "the token has run out";
                        break;
                    default:
                        throw SegmentCalls.Failure(reply, Segment, Name);
                }
            }
            catch (StoreUnreachableException e)
            {
                why = e.Message;
            }
            catch (PravegaUnavailableException e)
            {
                // The controller, which has been asked again for as long as a call is.
                why = e.Message;
            }
            services.Hosts.Forget(Segment);
            if (services.Time.GetElapsedTime(started) + pause > options.RetryFor)
            {
                throw new PravegaUnavailableException(
                    $"The segment '{Name}' could not be written for {options.RetryFor}: {why} Whether its last unacknowledged events are stored is not known.")
                { Scope = Segment.Stream.Scope, Stream = Segment.Stream.Stream, Segment = Name };
            }
            PravegaMessages.WriterReconnects(services.Logger, Name, why);
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), services.Time, stop).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // True where the segment is sealed, false where the connection is lost.
    private async Task<bool> WatchAsync(Link link)
    {
        while (true)
        {
            var (seen, wasWaiting) = Progress();
            try
            {
                var end = await link.Ended.Task.WaitAsync(options.AckTimeout, services.Time, stop).ConfigureAwait(false);
                if (end.IsSealed) return true;
                PravegaMetrics.Reconnects.Add(1);
                PravegaMessages.WriterReconnects(services.Logger, Name, end.Why);
                return false;
            }
            catch (TimeoutException e)
            {
                var (now, isWaiting) = Progress();
                if (wasWaiting && isWaiting && now == seen)
                    link.Connection!.Fail(new TimeoutException($"nothing was acknowledged for {options.AckTimeout}.", e));
            }
        }
    }

    private (long Acknowledged, bool IsWaiting) Progress()
    {
        lock (owner.Gate) return (Queue.Acknowledged, Queue.BlocksInFlight > 0);
    }

    private void Received(Link link, WireCommand command)
    {
        switch (command)
        {
            case DataAppended ack:
                int events, bytes;
                Outgoing? outgoing;
                lock (owner.Gate)
                {
                    if (ready != link) return;
                    bytes = Queue.BytesInFlight;
                    events = Queue.Acknowledge(ack.EventNumber, ack.SegmentLength);
                    bytes -= Queue.BytesInFlight;
                    outgoing = TakeOutgoing();
                    if (Queue.HasRoomAgain) RoomMade();
                }
                if (outgoing is { } next) Send(next);
                PravegaMetrics.EventsWritten.Add(events);
                PravegaMetrics.BytesWritten.Add(bytes);
                break;
            case SegmentIsSealed or NoSuchSegment:
                link.Ended.TrySetResult(new LinkEnd(true, "it is sealed"));
                break;
            case WrongHost:
                services.Hosts.Forget(Segment);
                link.Ended.TrySetResult(new LinkEnd(false, "another server has it"));
                break;
            case AuthTokenCheckFailed:
                services.Tokens.Forget(Segment.Stream, canWrite: true);
                link.Ended.TrySetResult(new LinkEnd(false, "the token is not good any more"));
                break;
            case IFailureReply failure:
                // An event number below the stored one, among others: an earlier connection has stored more meanwhile.
                link.Ended.TrySetResult(new LinkEnd(false, failure is ErrorMessage error ? error.Message : $"the store answers {command.Type}"));
                break;
        }
    }

    /// <summary>A block on its way out.</summary>
    public readonly record struct Outgoing(Link Link, AppendBlock Block);

    public readonly record struct LinkEnd(bool IsSealed, string Why);

    /// <summary>One connection of the appender, so that what an earlier one still says is not taken for the present one's.</summary>
    public sealed class Link(SegmentAppender appender) : IAppendListener
    {
        public StoreConnection? Connection { get; private set; }

        public long RequestId { get; private set; }

        public TaskCompletionSource<LinkEnd> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open(StoreConnection connection) => (Connection, RequestId) = (connection, connection.NextId());

        public void Received(WireCommand command) => appender.Received(this, command);

        public void Lost(StoreConnection connection, Exception cause)
        {
            appender.services.Hosts.Forget(appender.Segment);
            Ended.TrySetResult(new LinkEnd(false, cause.Message));
        }
    }
}
