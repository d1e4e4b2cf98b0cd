using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>
/// Reads a queue for its owner and keeps how far its consumers have got. The owner's version fences a former owner
/// that wakes up late.
/// </summary>
internal sealed class QueueReceiver(
    QueueWindow window, string reader, EmbeddedStreamOptions options, TimeSpan streamInactivity, TimeProvider time)
    : IQueueAdapterReceiver, IDisposable
{
    private const int ReadBytes = 1 << 20;
    private const int ReadEvents = 1000;

    private readonly QueueSource source = window.Source;
    private readonly RetentionMarks marks = new(options.ReplayAge, options.ReplayBytes);
    private readonly RetainedStreams retained = new(window, streamInactivity / 2, time);
    private readonly CancellationTokenSource stop = new();
    private IStreamReader? open;
    private Task<StreamBatch>? reading;
    private Task scanning = Task.CompletedTask;
    private ReaderCheckpoint? stored;
    private StreamPosition doneWithBefore = StreamPosition.Earliest;
    private StreamPosition givenUpBefore = StreamPosition.Earliest;
    private long checkpointAt;
    private bool isFenced;
    private bool isEnded;

    public async Task Initialize(TimeSpan timeout)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        limit.CancelAfter(timeout);
        try
        {
            await OpenAsync(limit.Token);
        }
        catch (Exception e) when (e is StreamStoreException or OperationCanceledException)
        {
            // The next look at the queue tries again.
            StreamProviderMessages.QueueNotOpen(source.Logger, source.Name, e);
        }
    }

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        if (isFenced || stop.IsCancellationRequested) return [];
        if (open is null) await OpenAsync(stop.Token);
        if (time.GetElapsedTime(checkpointAt) >= options.CheckpointInterval) await CheckpointAsync(stop.Token);
        if (isFenced) return [];
        await retained.AnnounceAsync(stop.Token);

        if (reading is null && !isEnded)
        {
            var maxEvents = maxCount > 0 ? Math.Min(maxCount, ReadEvents) : ReadEvents;
            reading = open!.ReadAsync(maxEvents, ReadBytes, stop.Token).AsTask();
        }
        var wakeUps = window.TakeWakeUps();
        if (reading is not { IsCompleted: true } && wakeUps.Count == 0)
        {
            await WaitAsync();
            wakeUps = window.TakeWakeUps();
        }

        var messages = new List<IBatchContainer>();
        if (reading is { IsCompleted: true }) messages.AddRange(await TakeReadAsync());
        // Behind the batches: the agent takes the first of a stream's messages for the oldest.
        messages.AddRange(wakeUps);
        return messages;
    }

    // The window tells by its cursors how far delivery has got.
    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public async Task Shutdown(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        await stop.CancelAsync();
        if (reading is not null) await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await scanning;
        source.Metrics.GivesUp();
        if (stored is not null && !isFenced) await CheckpointAsync(limit.Token);
        if (open is not null) await open.DisposeAsync();
        open = null;
        Dispose();
    }

    public void Dispose() => stop.Dispose();

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (stored is null)
        {
            var former = await source.Store.ReadCheckpointAsync(source.Name, reader, cancellationToken);
            var position = former?.Position ?? await HeadAsync(cancellationToken);
            // Two that claim the queue at once must not get the same version, so it has the clock in it.
            var claim = new ReaderCheckpoint(reader, position, Math.Max((former?.Owner ?? 0) + 1, time.Microseconds()));
            await source.Store.WriteCheckpointAsync(source.Name, claim, cancellationToken);
            stored = claim;
            window.Start(claim.Position);
            source.Metrics.Owns(() => window.Lag);
            scanning = ScanAsync(claim.Position);
        }
        open = await source.OpenReaderAsync(window.End, cancellationToken);
    }

    // A place of its own, not "the earliest": what a budget takes behind it is to be told as a gap.
    private async Task<StreamPosition> HeadAsync(CancellationToken cancellationToken) =>
        (await source.Store.DescribeAsync(source.Name, cancellationToken))?.Head ?? StreamPosition.Earliest;

    private async Task ScanAsync(StreamPosition end)
    {
        try
        {
            await Task.Run(() => retained.ScanAsync(end, stop.Token), stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The next owner looks for itself.
        }
        catch (Exception e) when (e is StreamStoreException or ObjectDisposedException)
        {
            StreamProviderMessages.ScanFailed(source.Logger, source.Name, e);
        }
    }

    private async Task WaitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var wait = Task.Delay(options.TailWait, time, limit.Token);
        await Task.WhenAny(reading ?? wait, window.Woken, wait);
        await limit.CancelAsync();
    }

    private async Task<List<StreamBatchContainer>> TakeReadAsync()
    {
        var finished = reading!;
        reading = null;
        try
        {
            var read = await finished;
            if (read.Gap is { } gap) source.GapMet(gap);
            if (read.EndOfStream && !isEnded) StreamProviderMessages.QueueSealed(source.Logger, source.Name);
            isEnded = read.EndOfStream;
            var batches = source.Decode(read);
            foreach (var batch in batches) retained.Saw(batch);
            if (!read.Events.IsEmpty) marks.Add(read.Next, read.Events.Span[^1].Timestamp, BytesOf(read));
            read.Release();
            return batches;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return [];
        }
        catch (StreamStoreException)
        {
            source.Metrics.Fault();
            await open!.DisposeAsync();
            open = null;
            throw;
        }
    }

    private static long BytesOf(StreamBatch read)
    {
        var bytes = 0L;
        foreach (ref readonly var stored in read.Events.Span) bytes += stored.Payload.Length;
        return bytes;
    }

    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        checkpointAt = time.GetTimestamp();
        var done = window.TakeDoneBefore();
        try
        {
            // A subscription that has gone back in time keeps its events, but does not take the others back with it.
            if (done > stored!.Position)
            {
                var checkpoint = stored with { Position = done };
                await source.Store.WriteCheckpointAsync(source.Name, checkpoint, cancellationToken);
                stored = checkpoint;
            }
            if (marks.GiveUpBefore(done, time.Microseconds()) is { } before) doneWithBefore = before;
            if (doneWithBefore > givenUpBefore) await GiveUpAsync(cancellationToken);
        }
        catch (StreamFencedException e)
        {
            isFenced = true;
            source.Metrics.Fenced();
            source.Metrics.GivesUp();
            StreamProviderMessages.Fenced(source.Logger, source.Name, e);
        }
        catch (Exception e) when (e is StreamStoreException or OperationCanceledException or ObjectDisposedException)
        {
            source.Metrics.Fault();
            StreamProviderMessages.CheckpointFailed(source.Logger, source.Name, e);
        }
    }

    // Others may read the queue's stream, too: what they still count on stays.
    private async Task GiveUpAsync(CancellationToken cancellationToken)
    {
        var consumed = (await source.Store.DescribeAsync(source.Name, cancellationToken))?.ConsumedBefore;
        var before = consumed < doneWithBefore ? consumed.Value : doneWithBefore;
        if (before <= givenUpBefore) return;
        await source.Store.TruncateAsync(source.Name, before, cancellationToken);
        givenUpBefore = before;
    }
}
