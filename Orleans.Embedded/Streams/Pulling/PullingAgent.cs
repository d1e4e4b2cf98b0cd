using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// Reads one queue into its cache and wakes the consumers of what came. All of it runs on one exclusive scheduler, so
/// that cache and receiver are called by one thread at a time.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "What is told to the agent after its end still asks whether it has ended.")]
internal sealed partial class PullingAgent(QueueId queueId, AgentSettings settings)
{
    private const int MaxReadRetries = 6;

    // So often within the inactivity period are inactive streams looked for.
    private const int InactivityChecks = 10;

    private readonly TaskFactory _turns = new(
        CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskContinuationOptions.None,
        new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<StreamId, AgentStream> _streams = [];
    private IQueueCache? _cache;
    private IQueueAdapterReceiver? _receiver;
    private Task _pumping = Task.CompletedTask;
    private DateTimeOffset _lastCleanUp;

    public AgentSettings Settings => settings;

    public IQueueCache? Cache => _cache;

    /// <summary>Cancelled when the agent stops.</summary>
    public CancellationToken Stopping => _stop.Token;

    public void Start()
    {
        _cache = settings.Cache?.CreateQueueCache(queueId);
        _receiver = settings.Adapter.CreateReceiver(queueId);
        _lastCleanUp = settings.Time.GetUtcNow();
        _pumping = _turns.StartNew(RunAsync).Unwrap();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _turns.StartNew(() => StopInTurnAsync(cancellationToken)).Unwrap();
    }

    public Task AddSubscriber(StreamId streamId, Subscription subscription) => _turns.StartNew(() =>
    {
        if (Stopping.IsCancellationRequested) return;
        if (_streams.TryGetValue(streamId, out var stream)) stream.Add(subscription);
        else if (_cache is not null) _ = BeginUnknownAsync(streamId, subscription);
    });

    /// <summary>The consumer of a subscription wants to go on somewhere else: it is asked where.</summary>
    public Task MoveSubscriber(StreamId streamId, GuidId subscriptionId) => _turns.StartNew(() =>
    {
        if (Stopping.IsCancellationRequested) return;
        if (_streams.TryGetValue(streamId, out var stream)) stream.BeginAgain(subscriptionId);
        else if (_cache is not null) Register(streamId, null, settings.Time.GetUtcNow());
    });

    public Task RemoveSubscriber(StreamId streamId, GuidId subscriptionId) =>
        _turns.StartNew(() => RemoveInTurn(streamId, subscriptionId));

    public void RemoveInTurn(StreamId streamId, GuidId subscriptionId)
    {
        if (!_streams.TryGetValue(streamId, out var stream)) return;
        stream.Remove(subscriptionId);
        if (stream.IsEmpty) _streams.Remove(streamId);
    }

    /// <summary>The stream's subscribers could not be looked up: it is unknown until its next event.</summary>
    public void Forget(AgentStream stream)
    {
        if (_streams.GetValueOrDefault(stream.StreamId) == stream) _streams.Remove(stream.StreamId);
    }

    private async Task RunAsync()
    {
        await InitializeReceiverAsync();

        // Agents that start together should not read together for ever.
        await PauseAsync(settings.Options.GetQueueMsgsTimerPeriod * Random.Shared.NextDouble());
        while (!Stopping.IsCancellationRequested)
        {
            await PumpAsync();
            await PauseAsync(settings.Options.GetQueueMsgsTimerPeriod);
        }
    }

    private async Task InitializeReceiverAsync()
    {
        try
        {
            await _receiver!.Initialize(settings.Options.InitQueueTimeout);
        }
        catch (Exception exception)
        {
            // Repeating is the receiver's business.
            LogFailedInitialize(settings.Log, exception, queueId);
        }
    }

    private async Task PauseAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, settings.Time, Stopping);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    private async Task PumpAsync()
    {
        try
        {
            while (!Stopping.IsCancellationRequested)
            {
                var count = _cache?.GetMaxAddCount() ?? QueueAdapterConstants.UNLIMITED_GET_QUEUE_MSG;
                if (count <= 0 && count != QueueAdapterConstants.UNLIMITED_GET_QUEUE_MSG) return;
                var isMore = await Retry.RunAsync(
                    () => ReadAsync(count), MayReadAgain, Timeout.InfiniteTimeSpan, settings.ReaderBackoff,
                    settings.Time, Stopping);
                if (!isMore) return;
            }
        }
        catch (Exception exception) when (!Stopping.IsCancellationRequested)
        {
            LogGivenUpReading(settings.Log, exception, queueId, MaxReadRetries);
        }
        catch (OperationCanceledException)
        {
            // Stopped in the wait before a repetition.
        }
    }

    private bool MayReadAgain(Exception exception, int attempt)
    {
        LogFailedRead(settings.Log, exception, queueId, attempt + 1);
        return attempt < MaxReadRetries;
    }

    /// <summary>Reads once; false if there was nothing, or no room for it.</summary>
    private async Task<bool> ReadAsync(int count)
    {
        ForgetInactiveStreams();
        await ReportPurgedAsync();
        if (Stopping.IsCancellationRequested || _cache?.IsUnderPressure() == true) return false;

        var batches = await _receiver!.GetQueueMessagesAsync(count);
        if (batches is null or { Count: 0 } || Stopping.IsCancellationRequested) return false;
        _cache?.AddToCache(batches);

        var now = settings.Time.GetUtcNow();
        foreach (var ofStream in batches.Where(batch => batch is not null).GroupBy(batch => batch.StreamId))
        {
            Announce(ofStream.Key, ofStream.First().SequenceToken, now);
        }

        return true;
    }

    /// <summary>
    /// A stream that is not known gets its subscribers with its first event. But one that begins in the past is not to
    /// wait for that: what it asks for may be there.
    /// </summary>
    private async Task BeginUnknownAsync(StreamId streamId, Subscription subscription)
    {
        try
        {
            var consumer = settings.Grains.GetGrain<IStreamConsumerExtension>(subscription.Consumer);
            if (await consumer.GetSequenceToken(subscription.Id) is null) return;
        }
        catch (Exception exception)
        {
            LogUnknownWish(settings.Log, exception, subscription.Id, streamId);
            return;
        }

        if (Stopping.IsCancellationRequested) return;
        if (_streams.TryGetValue(streamId, out var known)) known.Add(subscription);
        else Register(streamId, null, settings.Time.GetUtcNow());
    }

    private void Register(StreamId streamId, StreamSequenceToken? first, DateTimeOffset now)
    {
        var added = new AgentStream(this, streamId, now);
        _streams.Add(streamId, added);
        added.Register(first);
    }

    private void Announce(StreamId streamId, StreamSequenceToken first, DateTimeOffset now)
    {
        if (_streams.TryGetValue(streamId, out var known))
        {
            known.LastActivity = now;
            known.Wake(first);
            return;
        }

        Register(streamId, first, now);
    }

    private async Task ReportPurgedAsync()
    {
        if (_cache is null || !_cache.TryPurgeFromCache(out var purged)) return;
        try
        {
            await _receiver!.MessagesDeliveredAsync(purged);
        }
        catch (Exception exception)
        {
            LogFailedReport(settings.Log, exception, queueId);
        }
    }

    private void ForgetInactiveStreams()
    {
        var now = settings.Time.GetUtcNow();
        if (now - _lastCleanUp < settings.Options.StreamInactivityPeriod / InactivityChecks) return;
        _lastCleanUp = now;
        foreach (var stream in _streams.Values.ToArray())
        {
            if (now - stream.LastActivity < settings.Options.StreamInactivityPeriod || stream.IsBusy) continue;
            _streams.Remove(stream.StreamId);
            stream.Dispose();
        }
    }

    private async Task StopInTurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            // What is delivered before the end is not delivered again after the next start; but a consumer that
            // hangs must not use up the time that the host has to stop.
            var work = Task.WhenAll(_streams.Values.Select(stream => stream.Work).Append(_pumping));
            await work.WaitAsync(settings.Options.InitQueueTimeout, settings.Time, cancellationToken);
        }
        catch (Exception exception)
        {
            LogUnfinishedStop(settings.Log, exception, queueId);
        }

        ReportProgress();
        try
        {
            await _receiver!.Shutdown(settings.Options.InitQueueTimeout);
        }
        catch (Exception exception)
        {
            LogFailedShutdown(settings.Log, exception, queueId);
        }

        foreach (var stream in _streams.Values) stream.Dispose();
        _streams.Clear();
    }

    /// <summary>Tells the cache how far the slowest subscription is, unless that is not known of one.</summary>
    private void ReportProgress()
    {
        StreamSequenceToken? earliest = null;
        foreach (var consumer in _streams.Values.SelectMany(stream => stream.Consumers))
        {
            if (consumer.LastDone is not { } done) return;
            if (earliest is null || IsBefore(done, earliest)) earliest = done;
        }

        _cache?.UpdateDeliveryProgress(earliest, settings.Time.GetUtcNow().UtcDateTime);

        static bool IsBefore(StreamSequenceToken one, StreamSequenceToken other) =>
            one.SequenceNumber < other.SequenceNumber
            || (one.SequenceNumber == other.SequenceNumber && one.EventIndex < other.EventIndex);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Where subscription {Subscription} of {Stream} begins could not be asked; it is asked again at the stream's next event")]
    private static partial void LogUnknownWish(
        ILogger logger, Exception exception, GuidId subscription, StreamId stream);

    [LoggerMessage(Level = LogLevel.Error, Message = "The reader of queue {Queue} could not prepare itself")]
    private static partial void LogFailedInitialize(ILogger logger, Exception exception, QueueId queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Queue {Queue} could not be read, attempt {Attempt}")]
    private static partial void LogFailedRead(ILogger logger, Exception exception, QueueId queue, int attempt);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "Queue {Queue} could not be read in {Retries} repetitions; it is tried again later")]
    private static partial void LogGivenUpReading(ILogger logger, Exception exception, QueueId queue, int retries);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reader of queue {Queue} failed to take note of a delivery")]
    private static partial void LogFailedReport(ILogger logger, Exception exception, QueueId queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deliveries of queue {Queue} were under way when it stopped")]
    private static partial void LogUnfinishedStop(ILogger logger, Exception exception, QueueId queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reader of queue {Queue} could not end in good order")]
    private static partial void LogFailedShutdown(ILogger logger, Exception exception, QueueId queue);
}
