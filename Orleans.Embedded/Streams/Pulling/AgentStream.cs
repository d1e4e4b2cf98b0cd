using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A stream of which an agent has read events, with its subscribers. Used in the agent's turns only.</summary>
internal sealed partial class AgentStream(PullingAgent agent, StreamId streamId, DateTimeOffset now) : IDisposable
{
    private readonly Dictionary<GuidId, AgentConsumer> _consumers = [];
    private StreamSequenceToken? _firstOfRegistration;
    private IQueueCacheCursor? _pin;
    private Task _registration = Task.CompletedTask;

    public StreamId StreamId => streamId;

    public DateTimeOffset LastActivity { get; set; } = now;

    public IEnumerable<AgentConsumer> Consumers => _consumers.Values;

    public bool IsEmpty => _consumers.Count == 0 && _registration.IsCompleted;

    /// <summary>True while subscribers are looked up or events delivered.</summary>
    public bool IsBusy => !_registration.IsCompleted || _consumers.Values.Any(consumer => !consumer.Work.IsCompleted);

    /// <summary>Completes when what is under way has ended.</summary>
    public Task Work => Task.WhenAll(_consumers.Values.Select(consumer => consumer.Work).Append(_registration));

    /// <summary>Looks the subscribers up, without holding up the queue's other streams.</summary>
    /// <param name="first">The event by which the stream became known; null if a subscription of it did that.</param>
    public void Register(StreamSequenceToken? first) => _registration = RegisterAsync(first);

    /// <summary>Adds a subscription that begins now, or with the event by which the stream became known.</summary>
    public void Add(Subscription subscription) => AddConsumer(subscription)?.Begin(_firstOfRegistration);

    /// <summary>Asks a consumer once more where it stands, and delivers from there on.</summary>
    public void BeginAgain(GuidId subscriptionId)
    {
        if (!_consumers.Remove(subscriptionId, out var consumer)) return;
        consumer.Dispose();
        Add(consumer.Subscription);
    }

    public void Remove(GuidId subscriptionId)
    {
        if (_consumers.Remove(subscriptionId, out var consumer)) consumer.Dispose();
    }

    /// <summary>New events have come, the first of them at that place.</summary>
    public void Wake(StreamSequenceToken first)
    {
        if (!_registration.IsCompleted && _pin is null) Pin(first);
        foreach (var consumer in _consumers.Values.ToArray()) consumer.Wake(first);
    }

    public void Dispose()
    {
        Unpin();
        foreach (var consumer in _consumers.Values) consumer.Dispose();
        _consumers.Clear();
    }

    /// <summary>Holds the events from a place on in the cache, until each subscriber has a cursor of its own.</summary>
    private void Pin(StreamSequenceToken first)
    {
        _firstOfRegistration = first;
        try
        {
            _pin = agent.Cache?.GetCacheCursor(streamId, first);
        }
        catch (DataNotAvailableException)
        {
            // It has left the cache already; each consumer sees that for itself.
        }
    }

    private void Unpin()
    {
        _firstOfRegistration = null;
        _pin?.Dispose();
        _pin = null;
    }

    private async Task RegisterAsync(StreamSequenceToken? known)
    {
        var settings = agent.Settings;
        try
        {
            if (known is not null) Pin(known);
            await Task.Yield();
            var id = new QualifiedStreamId(settings.Adapter.Name, streamId);
            var subscribers = await Retry.RunAsync(
                () => settings.PubSub.GetSubscribersAsync(id), (exception, _) => MayLookUpAgain(exception),
                Timeout.InfiniteTimeSpan, settings.DeliveryBackoff, settings.Time, agent.Stopping);
            var added = subscribers.Select(AddConsumer).OfType<AgentConsumer>().ToArray();
            var first = _firstOfRegistration;
            _firstOfRegistration = null;
            await Task.WhenAll(added.Select(consumer => consumer.Begin(first)));
            Unpin();
        }
        catch (Exception exception)
        {
            if (!agent.Stopping.IsCancellationRequested) LogFailedRegistration(settings.Log, exception, streamId);
            agent.Forget(this);
            Dispose();
        }
    }

    private bool MayLookUpAgain(Exception exception)
    {
        LogFailedLookUp(agent.Settings.Log, exception, streamId);
        return true;
    }

    private AgentConsumer? AddConsumer(Subscription subscription)
    {
        if (_consumers.ContainsKey(subscription.Id)) return null;
        var consumer = new AgentConsumer(agent, streamId, subscription);
        _consumers.Add(subscription.Id, consumer);
        return consumer;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The subscribers of stream {StreamId} could not be looked up; repeating")]
    private static partial void LogFailedLookUp(ILogger logger, Exception exception, StreamId streamId);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "Stream {StreamId} could not be set up; it is tried again with its next event")]
    private static partial void LogFailedRegistration(ILogger logger, Exception exception, StreamId streamId);
}
