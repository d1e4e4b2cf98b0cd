using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A subscription of the calling grain.</summary>
internal sealed class SubscriptionHandle<T>(PersistentStream<T> stream, GuidId subscriptionId)
    : StreamSubscriptionHandle<T>
{
    public override StreamId StreamId => stream.StreamId;

    public override string ProviderName => stream.ProviderName;

    public override Guid HandleId => subscriptionId.Guid;

    public override Task UnsubscribeAsync() => stream.UnsubscribeAsync(subscriptionId);

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(
        IAsyncObserver<T> observer, StreamSequenceToken? token) =>
        stream.ResumeAsync(subscriptionId, new AttachedSubscription<T>(stream, token, observer, null));

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(
        IAsyncBatchObserver<T> observer, StreamSequenceToken? token) =>
        stream.ResumeAsync(subscriptionId, new AttachedSubscription<T>(stream, token, null, observer));

    public override bool Equals(StreamSubscriptionHandle<T>? other) =>
        other is SubscriptionHandle<T> && other.HandleId == HandleId;

    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);

    public override int GetHashCode() => HandleId.GetHashCode();

    public override string ToString() => $"subscription {HandleId} to stream {ProviderName}/{StreamId}";
}

/// <summary>A subscription with its observer, which takes events one by one or in batches.</summary>
internal sealed class AttachedSubscription<T> : IAttachedSubscription
{
    private readonly bool _isRewindable;
    private readonly IAsyncObserver<T>? _observer;
    private readonly IAsyncBatchObserver<T>? _batchObserver;

    public AttachedSubscription(
        PersistentStream<T> stream, StreamSequenceToken? token, IAsyncObserver<T>? observer,
        IAsyncBatchObserver<T>? batchObserver)
    {
        if (observer is null && batchObserver is null) throw new ArgumentNullException(nameof(observer));
        if ((object?)observer is GrainReference || (object?)batchObserver is GrainReference)
        {
            throw new ArgumentException(
                "a grain reference can not be subscribed: the grain has to subscribe itself, or be subscribed by the "
                + "provider's IStreamSubscriptionManager", nameof(observer));
        }

        if (token is not null && !stream.IsRewindable)
        {
            throw new ArgumentException(
                $"stream provider '{stream.ProviderName}' can not rewind, so a subscription can not begin at a token", nameof(token));
        }

        _isRewindable = stream.IsRewindable;
        _observer = observer;
        _batchObserver = batchObserver;
        Expected = HandshakeToken.StartAt(token);
    }

    public HandshakeToken? Expected { get; private set; }

    public async Task<HandshakeToken?> DeliverAsync(IBatchContainer batch, HandshakeToken? known)
    {
        var done = HandshakeToken.DoneWith(batch);
        if (Expected is not null && (Expected != known || Expected == done)) return Expected;

        if (batch is not IBatchContainerBatch several) await DeliverEventsAsync(batch.GetEvents<T>());
        else if (_batchObserver is not null) await DeliverEventsAsync(several.GetEvents<T>());
        else foreach (var one in several.BatchContainers) await DeliverWithContextAsync(one);

        if (_isRewindable) Expected = done;
        return null;
    }

    public Task FailAsync(Exception exception) =>
        _observer is not null ? _observer.OnErrorAsync(exception) : _batchObserver!.OnErrorAsync(exception);

    private async Task DeliverWithContextAsync(IBatchContainer batch)
    {
        var hasContext = batch.ImportRequestContext();
        await DeliverEventsAsync(batch.GetEvents<T>());
        if (hasContext) RequestContext.Clear();
    }

    private async Task DeliverEventsAsync(IEnumerable<Tuple<T, StreamSequenceToken>> events)
    {
        if (_observer is not null)
        {
            foreach (var (item, token) in events) await _observer.OnNextAsync(item, token);
            return;
        }

        var items = events.Select(one => new SequentialItem<T>(one.Item1, one.Item2)).ToList();
        if (items.Count > 0) await _batchObserver!.OnNextAsync(items);
    }
}
