using Weir.Pravega.Connections;
using Weir.Pravega.Writing;

namespace Weir.Pravega;

/// <summary>
/// Writes events to a stream. May be called from any thread; events of one routing key are stored in the order of the
/// calls, each exactly once, over lost connections, servers that die, and scaling.
/// </summary>
/// <remarks>
/// Events are collected into blocks by themselves while others are on their way, so a lone event leaves at once and many
/// leave together. The payload is copied before a call returns.
/// </remarks>
public sealed class EventWriter : IAsyncDisposable, IAppenderOwner, IAppendReceiver
{
    /// <summary>The most bytes of an event: 8 MiB, as in Pravega's Java client.</summary>
    public const int MostEventBytes = 8 << 20;

    private static readonly TimeSpan SuccessorPause = TimeSpan.FromMilliseconds(100);

    private readonly SegmentServices services;
    private readonly EventWriterOptions options;
    private readonly Func<StreamSegment, string> nameOf;
    private readonly Guid? transaction;
    private readonly SegmentRouter<SegmentAppender> router = new();
    private readonly HashSet<SegmentAppender> appenders = [];
    private readonly AppendBlockPool blocks = new();
    private readonly WriterLoad load = new();
    private readonly AppendCompletionPool completions = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private Exception? failure;
    private bool isDisposed;

    private EventWriter(SegmentServices services, ScopedStream stream, EventWriterOptions options, Guid? transaction)
    {
        this.services = services;
        this.options = options;
        this.transaction = transaction;
        Stream = stream;
        nameOf = transaction is { } id ? segment => $"{segment.Name}#transaction.{id:N}" : segment => segment.Name;
    }

    /// <summary>The stream it writes to.</summary>
    public ScopedStream Stream { get; }

    /// <summary>Who it is to the segment store.</summary>
    public Guid WriterId => options.WriterId;

    /// <summary>Whether it is of no more use: it was given up after trying for long, its stream was sealed, or it is closed.</summary>
    public bool HasFailed
    {
        get
        {
            lock (gate) return failure is not null;
        }
    }

    Lock IAppenderOwner.Gate => gate;

    /// <summary>Whether units keep the numbers that their caller gave them when they go to a successor.</summary>
    internal bool KeepsNumbers { get; init; }

    internal static async Task<EventWriter> OpenAsync(
        SegmentServices services, ScopedStream stream, EventWriterOptions options, bool keepsNumbers, CancellationToken cancellationToken)
    {
        options.Validate();
        var segments = await services.Controller.GetCurrentSegmentsAsync(stream, cancellationToken).ConfigureAwait(false);
        if (segments.Count == 0) throw PravegaStreamSealedException.Of(stream);
        var writer = new EventWriter(services, stream, options, null) { KeepsNumbers = keepsNumbers };
        writer.Start(segments);
        return writer;
    }

    internal static EventWriter OpenTransaction(
        SegmentServices services, ScopedStream stream, EventWriterOptions options, Guid transaction, IReadOnlyList<SegmentRange> segments)
    {
        var writer = new EventWriter(services, stream, options, transaction);
        writer.Start(segments);
        return writer;
    }

    /// <summary>Writes an event; ends when it is stored.</summary>
    /// <param name="routingKey">Events of one key keep their order; null lets the event go anywhere.</param>
    /// <param name="payload">Up to <see cref="MostEventBytes"/>; copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the waiting; an event that was taken on is stored all the same.</param>
    /// <exception cref="PravegaStreamSealedException">The stream takes no more events.</exception>
    /// <exception cref="PravegaUnavailableException">The segment store was gone for too long; whether the event is stored is not known.</exception>
    public ValueTask WriteAsync(string? routingKey, ReadOnlySpan<byte> payload, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckSize(payload.Length, MostEventBytes);
        var completion = completions.Take();
        var task = completion.Task;
        Add(PlaceOf(routingKey), payload, completion, out _);
        return cancellationToken.CanBeCanceled ? new(task.AsTask().WaitAsync(cancellationToken)) : task;
    }

    /// <summary>
    /// Takes an event on and ends when there is room for the next one: the way to write fast. Whether it is stored is told
    /// by <see cref="FlushAsync"/>.
    /// </summary>
    /// <inheritdoc cref="WriteAsync(string?, ReadOnlySpan{byte}, CancellationToken)"/>
    public ValueTask EnqueueAsync(string? routingKey, ReadOnlySpan<byte> payload, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckSize(payload.Length, MostEventBytes);
        Add(PlaceOf(routingKey), payload, null, out var room);
        return room is null ? ValueTask.CompletedTask : new(room.WaitAsync(cancellationToken));
    }

    /// <summary>Writes several events of one key that are stored together or not at all; ends when they are.</summary>
    /// <param name="routingKey">Their key.</param>
    /// <param name="payloads">Together less than 16 MiB, 8 bytes counted for each.</param>
    /// <param name="cancellationToken">Ends the waiting; events that were taken on are stored all the same.</param>
    public async ValueTask WriteTogetherAsync(
        string? routingKey, IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await WriteTogetherAsync(routingKey, new PayloadList(payloads), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="WriteTogetherAsync(string?, IReadOnlyList{ReadOnlyMemory{byte}}, CancellationToken)"/>
    /// <param name="routingKey">Their key.</param>
    /// <param name="events">Together less than 16 MiB, 8 bytes counted for each. They are copied before the call returns.</param>
    /// <param name="cancellationToken">Ends the waiting; events that were taken on are stored all the same.</param>
    public async ValueTask WriteTogetherAsync<TEvents>(string? routingKey, TEvents events, CancellationToken cancellationToken = default)
        where TEvents : IEventSource
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (events.Count > 0) await WriteUnitAsync(PlaceOf(routingKey), events, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends when all that was given to the writer before is stored.</summary>
    /// <exception cref="PravegaException">Some of it could not be; the writer is of no more use.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default)
    {
        var marker = new FlushMarker();
        SegmentAppender[] all;
        lock (gate)
        {
            ThrowIfFailed();
            marker.Await();
            all = [.. appenders];
            foreach (var appender in all) appender.Queue.Mark(marker);
            marker.Arrived();
        }
        foreach (var appender in all) appender.Pump();
        return marker.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Where the stream ends for this writer: the cut behind its last stored events.</summary>
    public async Task<StreamCut> GetPositionAsync(CancellationToken cancellationToken = default)
    {
        (StreamSegment Segment, long Length)[] known;
        lock (gate) known = [.. router.Targets.Select(appender => (appender.Segment, appender.Queue.SegmentLength))];
        var calls = new SegmentCalls(services);
        var cut = new Dictionary<long, long>();
        foreach (var (segment, length) in known)
        {
            cut[segment.Id] = length >= 0
                ? length
                : (await calls.GetInfoAsync(segment, cancellationToken).ConfigureAwait(false))?.Length ?? 0;
        }
        return new StreamCut(Stream, cut);
    }

    /// <summary>
    /// Says that all events up to a time are written, for watermarks: readers learn from them which time they have got to.
    /// </summary>
    /// <param name="timestamp">A number that does not go back.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task NoteTimeAsync(long timestamp, CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        var position = await GetPositionAsync(cancellationToken).ConfigureAwait(false);
        await services.Controller.NoteTimeAsync(WriterId.ToString("N"), position, timestamp, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until all that was given to it is stored or has failed, and closes it. <see cref="FlushAsync"/> tells of failures.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        if (failure is null) await FlushAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Writes raw bytes as one unit: what a byte stream does.</summary>
    internal ValueTask EnqueueBytesAsync(ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        SegmentAppender appender;
        SegmentAppender.Outgoing? outgoing;
        Task? room;
        lock (gate)
        {
            ThrowIfFailed();
            appender = router.Route(0);
            bytes.CopyTo(appender.Queue.Add(0, bytes.Length, 1, null));
            outgoing = appender.TakeOutgoing();
            room = appender.RoomOrNull();
        }
        if (outgoing is { } block) appender.Send(block);
        return room is null ? ValueTask.CompletedTask : new(room.WaitAsync(cancellationToken));
    }

    /// <summary>Writes events as one unit, with a number of the caller's own where that is wanted.</summary>
    internal ValueTask<AppendResult> WriteUnitAsync<TEvents>(
        double place, TEvents events, long? lastNumber, CancellationToken cancellationToken)
        where TEvents : IEventSource
    {
        var bytes = 0L;
        for (var i = 0; i < events.Count; i++) bytes += AppendBlock.EventHeader + events.SizeOf(i);
        CheckSize(bytes, AppendBlock.MostBytes);
        var completion = completions.Take();
        SegmentAppender appender;
        lock (gate)
        {
            ThrowIfFailed();
            appender = router.Route(place);
            var room = appender.Queue.Add(place, (int)bytes, events.Count, completion, lastNumber);
            for (var i = 0; i < events.Count; i++)
            {
                var size = events.SizeOf(i);
                events.CopyTo(i, AppendBlock.Begin(room, size));
                room = room[(AppendBlock.EventHeader + size)..];
            }
        }
        var task = completion.ResultTask;
        appender.Pump();
        return cancellationToken.CanBeCanceled ? new(task.AsTask().WaitAsync(cancellationToken)) : task;
    }

    /// <summary>The number of the last event that is stored or given to it, once every segment is connected.</summary>
    internal async Task<long> LastNumberAsync(CancellationToken cancellationToken)
    {
        SegmentAppender[] all;
        lock (gate) all = [.. appenders];
        foreach (var appender in all) await appender.FirstConnected.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (gate)
        {
            ThrowIfFailed();
            return appenders.Max(appender => appender.Queue.LastNumber);
        }
    }

    /// <summary>Ends it without waiting for what is on its way.</summary>
    internal async ValueTask CloseAsync()
    {
        isDisposed = true;
        Fail(new ObjectDisposedException(nameof(EventWriter), $"The writer of stream '{Stream}' is closed."), isFault: false);
        Task[] all;
        lock (gate) all = [.. appenders.Select(appender => appender.Work)];
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(all).ConfigureAwait(false);
    }

    async Task IAppenderOwner.EndedAsync(SegmentAppender appender)
    {
        if (transaction is { } id) throw Ended(id);
        var successors = await SuccessorsAsync(appender.Segment).ConfigureAwait(false);
        var started = new List<SegmentAppender>();
        SegmentAppender[] targets;
        lock (gate)
        {
            if (failure is not null) return;
            var ranges = new List<(double, double, SegmentAppender)>();
            foreach (var (range, _) in successors)
            {
                var target = appenders.FirstOrDefault(a => a.Segment == range.Segment);
                if (target is null) started.Add(target = Make(range.Segment));
                ranges.Add((range.Low, range.High, target));
            }
            router.Replace(appender, ranges);
            appenders.Remove(appender);
            targets = [.. ranges.Select(range => range.Item3)];
            appender.Queue.MoveTo(this);
            appender.RoomMade();
        }
        PravegaMetrics.SegmentsSucceeded.Add(1);
        PravegaMessages.SegmentSucceeded(services.Logger, appender.Name, string.Join(", ", targets.Select(t => t.Name)));
        foreach (var target in started) target.Start();
        foreach (var target in targets) target.Pump();
    }

    void IAppenderOwner.GaveUp(SegmentAppender appender, Exception cause) => Fail(cause, isFault: true);

    void IAppendReceiver.Take(in AppendUnit unit, ReadOnlySpan<byte> data) => data.CopyTo(
        router.Route(unit.Place).Queue.Add(unit.Place, unit.Bytes, unit.Events, unit.Completion, KeepsNumbers ? unit.LastNumber : null));

    void IAppendReceiver.TakeMarker(FlushMarker marker)
    {
        foreach (var appender in appenders) appender.Queue.Mark(marker);
        marker.Arrived();
    }

    private static double PlaceOf(string? routingKey) =>
        routingKey is null ? Random.Shared.NextDouble() : RoutingKey.Place(routingKey);

    private void Start(IReadOnlyList<SegmentRange> segments)
    {
        lock (gate) router.Start(segments.Select(range => (range.Low, range.High, Make(range.Segment))).ToArray());
        foreach (var appender in appenders.ToArray()) appender.Start();
    }

    private SegmentAppender Make(StreamSegment segment)
    {
        var appender = new SegmentAppender(services, segment, nameOf(segment), options, blocks, load, this, stop.Token);
        appenders.Add(appender);
        return appender;
    }

    private void Add(double place, ReadOnlySpan<byte> payload, IAppendCompletion? completion, out Task? room)
    {
        SegmentAppender appender;
        SegmentAppender.Outgoing? outgoing;
        lock (gate)
        {
            ThrowIfFailed();
            appender = router.Route(place);
            AppendBlock.WriteEvent(appender.Queue.Add(place, AppendBlock.EventHeader + payload.Length, 1, completion), payload);
            outgoing = appender.TakeOutgoing();
            room = appender.RoomOrNull();
        }
        if (outgoing is { } block) appender.Send(block);
    }

    // A sealed segment without successors is the last of a sealed stream, unless the scale is not over yet.
    private async Task<IReadOnlyList<Successor>> SuccessorsAsync(StreamSegment segment)
    {
        var started = services.Time.GetTimestamp();
        while (true)
        {
            var successors = await services.Controller.GetSuccessorsAsync(segment, stop.Token).ConfigureAwait(false);
            if (successors.Count > 0) return successors;
            var current = await services.Controller.GetCurrentSegmentsAsync(Stream, stop.Token).ConfigureAwait(false);
            if (current.Count == 0) throw PravegaStreamSealedException.Of(Stream);
            if (services.Time.GetElapsedTime(started) > options.RetryFor)
            {
                throw new PravegaUnavailableException($"The segment '{segment}' is sealed, but the controller names none that follows it.")
                { Scope = Stream.Scope, Stream = Stream.Stream, Segment = segment.Name };
            }
            await Task.Delay(SuccessorPause, services.Time, stop.Token).ConfigureAwait(false);
        }
    }

    private void Fail(Exception cause, bool isFault)
    {
        lock (gate)
        {
            if (failure is not null) return;
            failure = cause;
            foreach (var appender in appenders)
            {
                appender.Queue.FailAll(cause);
                appender.RoomMade();
            }
        }
        if (isFault && cause is not (PravegaStreamSealedException or PravegaTransactionException or PravegaNotFoundException))
            PravegaMessages.WriterGivesUp(services.Logger, Stream, cause);
        // The appenders that are left have nothing to do any more.
        stop.CancelAsync();
    }

    private void ThrowIfFailed()
    {
        switch (failure)
        {
            case null:
                return;
            case ObjectDisposedException:
                throw new ObjectDisposedException(nameof(EventWriter), failure.Message);
            case PravegaStreamSealedException:
                throw PravegaStreamSealedException.Of(Stream);
            case PravegaNotFoundException gone:
                throw new PravegaNotFoundException(gone.Message, gone) { Scope = Stream.Scope, Stream = Stream.Stream };
            case PravegaTransactionException:
                throw Ended(transaction ?? Guid.Empty);
            default:
                throw new PravegaUnavailableException($"The writer of stream '{Stream}' has failed and is of no more use: {failure.Message}", failure)
                { Scope = Stream.Scope, Stream = Stream.Stream };
        }
    }

    private PravegaTransactionException Ended(Guid id) =>
        new($"The transaction {id} of stream '{Stream}' takes no more events: it was committed, aborted, or its lease has run out.")
        { Scope = Stream.Scope, Stream = Stream.Stream, Transaction = id };

    private void CheckSize(long bytes, int most)
    {
        if (bytes > most)
        {
            throw new ArgumentException(
                $"Stream '{Stream}': {(most == MostEventBytes ? "an event" : "events that are stored together")} may have {most:N0} bytes, but this has {bytes:N0}. "
                + "Keep large content elsewhere and write where it is.");
        }
    }
}
