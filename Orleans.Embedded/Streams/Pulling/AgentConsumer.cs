using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// One subscription as an agent serves it: a cursor over the cache, and the delivery of one batch after the other.
/// Used in the agent's turns only.
/// </summary>
internal sealed partial class AgentConsumer : IDisposable
{
    private readonly PullingAgent _agent;
    private readonly AgentSettings _settings;
    private readonly QualifiedStreamId _streamId;
    private readonly Subscription _subscription;
    private readonly IStreamConsumerExtension _consumer;
    private readonly DeliveryFailures _failures;
    private IQueueCacheCursor? _cursor;
    private IBatchContainer? _peeked;
    private HandshakeToken? _known;
    private bool _hasBegun;
    private bool _isDelivering;
    private bool _isDisposed;

    public AgentConsumer(PullingAgent agent, StreamId streamId, Subscription subscription)
    {
        _agent = agent;
        _settings = agent.Settings;
        _streamId = new QualifiedStreamId(_settings.ProviderName, streamId);
        _subscription = subscription;
        _consumer = _settings.Grains.GetGrain<IStreamConsumerExtension>(subscription.Consumer);
        _failures = new DeliveryFailures(agent, _streamId, subscription, _consumer);
    }

    public Subscription Subscription => _subscription;

    /// <summary>What is under way: the handshake, or deliveries.</summary>
    public Task Work { get; private set; } = Task.CompletedTask;

    /// <summary>The last place that is done with; null if that is not known.</summary>
    public StreamSequenceToken? LastDone { get; private set; }

    /// <summary>Asks the consumer where it stands, and delivers from there on.</summary>
    /// <param name="first">Where it begins if it has no wish; null for what comes from now on.</param>
    /// <returns>Completes when the consumer has a cursor.</returns>
    public Task Begin(StreamSequenceToken? first)
    {
        // At once: what comes while the consumer is asked is not to leave the cache.
        if (_agent.Cache is not null) _cursor = NewCursor(first);
        var handshake = ShakeHandsAsync(first);
        Work = DeliverAfterAsync(handshake);
        return handshake;
    }

    /// <summary>New events have come, the first of them at that place.</summary>
    public void Wake(StreamSequenceToken first)
    {
        Refresh(first);
        if (_hasBegun && !_isDelivering) Work = DeliverAsync();
    }

    public void Dispose()
    {
        _isDisposed = true;
        _cursor?.Dispose();
        _cursor = null;
    }

    private async Task DeliverAfterAsync(Task handshake)
    {
        await handshake;
        if (_hasBegun) await DeliverAsync();
    }

    private async Task ShakeHandsAsync(StreamSequenceToken? first)
    {
        if (_agent.Cache is null) return;
        HandshakeToken? wish = null;
        try
        {
            wish = await Retry.RunAsync(
                () => _consumer.GetSequenceToken(_subscription.Id),
                (exception, _) => exception is not ClientNotAvailableException,
                _settings.Options.MaxEventDeliveryTime, _settings.DeliveryBackoff, _settings.Time, _agent.Stopping);
            if (_isDisposed) return;
            if (wish is not null) Replace(_agent.Cache.GetCacheCursor(_streamId.StreamId, wish.Token));
        }
        catch (Exception exception)
        {
            if (_agent.Stopping.IsCancellationRequested || await _failures.HandleAsync(exception, null, wish?.Token)) return;
        }

        if (_isDisposed) return;
        _known = wish;
        LastDone = wish?.Token ?? first;
        _hasBegun = true;
    }

    private void Replace(IQueueCacheCursor cursor)
    {
        _cursor?.Dispose();
        _cursor = cursor;
    }

    private void Refresh(StreamSequenceToken first)
    {
        try
        {
            _cursor?.Refresh(first);
        }
        catch (DataNotAvailableException exception)
        {
            // Where it stood has left the cache while it had nothing to read.
            LogLostPlace(_settings.Log, exception, _subscription.Id, _streamId);
            Replace(NewCursor(first));
        }
    }

    /// <summary>A cursor at that place, or at the newest batch if the place has left the cache.</summary>
    private IQueueCacheCursor NewCursor(StreamSequenceToken? token)
    {
        try
        {
            return _agent.Cache!.GetCacheCursor(_streamId.StreamId, token);
        }
        catch (DataNotAvailableException)
        {
            return _agent.Cache!.GetCacheCursor(_streamId.StreamId, null);
        }
    }

    private async Task DeliverAsync()
    {
        // Not the state of the task says whether events are delivered: it completes a turn later than the loop ends.
        if (_isDelivering) return;
        _isDelivering = true;
        try
        {
            // The turn that woke it goes on first.
            await Task.Yield();
            while (!_agent.Stopping.IsCancellationRequested && !_isDisposed && _cursor is not null)
            {
                if (!TryGetNext(out var batch, out var place)) return;
                if (batch is null)
                {
                    LastDone = place;
                    continue;
                }

                if (!await DeliverBatchAsync(batch, place)) return;
            }
        }
        catch (Exception exception) when (
            exception is not OperationCanceledException || !_agent.Stopping.IsCancellationRequested)
        {
            LogFailedLoop(_settings.Log, exception, _subscription.Id, _streamId);
        }
        catch (OperationCanceledException)
        {
            // Stopped in the wait before a repetition.
        }
        finally
        {
            _isDelivering = false;
        }
    }

    /// <summary>The next batch, null if the filter keeps it back; false if there is nothing now.</summary>
    private bool TryGetNext(out IBatchContainer? batch, out StreamSequenceToken place)
    {
        var size = Math.Max(1, _settings.Options.BatchContainerBatchSize);
        List<IBatchContainer>? taken = null;
        batch = null;
        StreamSequenceToken? last = null;
        while ((taken?.Count ?? 0) < size && TryMove(out var next))
        {
            last = next.SequenceToken;
            if (IsFilteredOut(next)) continue;
            if (size == 1)
            {
                batch = next;
                break;
            }

            (taken ??= new List<IBatchContainer>(size)).Add(next);
        }

        if (taken is not null) batch = new BatchContainerBatch(taken);
        place = last!;
        return last is not null;
    }

    private bool TryMove(out IBatchContainer next)
    {
        if (_peeked is not null)
        {
            (next, _peeked) = (_peeked, null);
            return true;
        }

        if (!_cursor!.MoveNext())
        {
            next = null!;
            return false;
        }

        next = _cursor.GetCurrent(out var error);
        return error is null ? true : throw error;
    }

    private bool IsFilteredOut(IBatchContainer batch)
    {
        if (_settings.Filter is not { } filter) return false;
        try
        {
            return !batch.GetEvents<object>().Any(
                one => filter.ShouldDeliver(_streamId.StreamId, one.Item1, _subscription.FilterData));
        }
        catch (Exception exception)
        {
            LogFailedFilter(_settings.Log, exception, _streamId);
            return false;
        }
    }

    /// <summary>Delivers a batch, with repetitions; false if the subscription has ended.</summary>
    private async Task<bool> DeliverBatchAsync(IBatchContainer batch, StreamSequenceToken place)
    {
        try
        {
            var stands = await Retry.RunAsync(
                () => SendAsync(batch), (exception, _) => exception is not ClientNotAvailableException && !_isDisposed,
                _settings.Options.MaxEventDeliveryTime, _settings.DeliveryBackoff, _settings.Time, _agent.Stopping);
            if (stands is null)
            {
                _known = HandshakeToken.DoneWith(batch);
                LastDone = place;
            }
            else
            {
                MoveTo(stands);
            }

            return true;
        }
        catch (Exception exception) when (!_agent.Stopping.IsCancellationRequested && !_isDisposed)
        {
            _cursor?.RecordDeliveryFailure();
            LogFailedDelivery(_settings.Log, exception, _subscription.Id, _streamId);
            var error = exception is ClientNotAvailableException
                ? exception
                : new StreamEventDeliveryFailureException(
                    $"events of stream '{_streamId}' could not be delivered to '{_subscription.Consumer}' within "
                    + $"{_settings.Options.MaxEventDeliveryTime}: {exception.Message}", exception);
            if (await _failures.HandleAsync(error, batch, batch.SequenceToken)) return false;
            // The consumer still stands before it: told otherwise, it would ask for the batch again, and for ever.
            LastDone = place;
            return true;
        }
    }

    private Task<HandshakeToken?> SendAsync(IBatchContainer batch)
    {
        var hasContext = batch.ImportRequestContext();
        try
        {
            return _consumer.DeliverBatch(_subscription.Id, _streamId, batch, _known);
        }
        finally
        {
            if (hasContext) RequestContext.Clear();
        }
    }

    /// <summary>Goes to where the consumer says that it stands.</summary>
    private void MoveTo(HandshakeToken stands)
    {
        if (_isDisposed) return;
        _known = stands;
        LastDone = stands.Token;
        var cursor = _agent.Cache!.GetCacheCursor(_streamId.StreamId, stands.Token);
        Replace(cursor);

        // The cursor is at that place or, if it has left the cache, at the one after; what is done with is skipped.
        if (!cursor.MoveNext()) return;
        var current = cursor.GetCurrent(out var error);
        if (error is not null) throw error;
        if (!stands.IsDone || current.SequenceToken.Newer(stands.Token)) _peeked = current;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscription {Subscription} of {Stream} has lost its place")]
    private static partial void LogLostPlace(
        ILogger logger, Exception exception, GuidId subscription, QualifiedStreamId stream);

    [LoggerMessage(Level = LogLevel.Error, Message = "Delivery to subscription {Subscription} of {Stream} failed for good")]
    private static partial void LogFailedDelivery(
        ILogger logger, Exception exception, GuidId subscription, QualifiedStreamId stream);

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscription {Subscription} of {Stream} is not served until its next event")]
    private static partial void LogFailedLoop(
        ILogger logger, Exception exception, GuidId subscription, QualifiedStreamId stream);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The filter of stream {Stream} failed; the batch is delivered")]
    private static partial void LogFailedFilter(ILogger logger, Exception exception, QualifiedStreamId stream);
}
