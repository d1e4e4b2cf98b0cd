using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>The grain's side of one enumeration. Used in its turns only.</summary>
internal abstract class LocalEnumerator : IAsyncDisposable
{
    private bool _wasAsked = true;
    private int _asking;

    /// <summary>The elements that are there, or else the next one if it comes in time.</summary>
    public async ValueTask<(EnumerationResult Status, object? Value)> NextAsync(
        TimeSpan patience, CancellationToken cancellationToken)
    {
        _wasAsked = true;
        _asking++;
        try
        {
            return await TakeAsync(patience, cancellationToken);
        }
        catch (Exception exception)
        {
            return (EnumerationResult.Error, exception);
        }
        finally
        {
            _asking--;
            _wasAsked = true;
        }
    }

    /// <summary>True if nobody has asked since the last time that this was called.</summary>
    public bool IsAbandoned()
    {
        var isAbandoned = !_wasAsked && _asking == 0;
        _wasAsked = false;
        return isAbandoned;
    }

    /// <summary>Lets a caller that waits have its answer now: nothing yet.</summary>
    public abstract void StopWaiting();

    public abstract ValueTask DisposeAsync();

    protected abstract ValueTask<(EnumerationResult Status, object? Value)> TakeAsync(
        TimeSpan patience, CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed class LocalEnumerator<T> : LocalEnumerator
{
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenSource _stopped = new();
    private readonly IAsyncEnumerator<T> _elements;
    private readonly int _maxBatchSize;
    private readonly TimeProvider _time;
    private Task<bool>? _moving;

    public LocalEnumerator(AsyncEnumerableCall<T> request, object instance, TimeProvider time)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(request.Cancellation);
        _elements = request.Invoke(instance).GetAsyncEnumerator(_ended.Token);
        _maxBatchSize = request.MaxBatchSize;
        _time = time;
    }

    public override void StopWaiting() => _stopped.Cancel();

    public override async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();

        // An iterator can only be disposed of between its elements; one that does not hear of the end is left alone.
        if (_moving is not null) await Task.WhenAny(_moving, Task.Delay(TimeSpan.FromSeconds(1), _time));
        if (_moving is null or { IsCompleted: true }) await _elements.DisposeAsync();
        _ended.Dispose();
    }

    protected override async ValueTask<(EnumerationResult Status, object? Value)> TakeAsync(
        TimeSpan patience, CancellationToken cancellationToken)
    {
        var (status, value) = _moving is null ? TakeReady() : (EnumerationResult.Heartbeat, null);
        if (status != EnumerationResult.Heartbeat) return (status, value);

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopped.Token);
        var moving = _moving!;
        await Task.WhenAny(moving, Task.Delay(patience, _time, either.Token));
        if (!moving.IsCompleted)
        {
            await either.CancelAsync();
            return (cancellationToken.IsCancellationRequested ? EnumerationResult.Canceled : EnumerationResult.Heartbeat, null);
        }

        await either.CancelAsync();
        _moving = null;
        if (moving.IsCanceled) return (EnumerationResult.Canceled, null);
        return await moving ? (EnumerationResult.Element, _elements.Current) : (EnumerationResult.Completed, null);
    }

    /// <summary>What can be had without waiting, up to a batch; if there is nothing the next element is on its way.</summary>
    private (EnumerationResult Status, object? Value) TakeReady()
    {
        List<T>? batch = null;
        while ((batch?.Count ?? 0) < _maxBatchSize)
        {
            var next = _elements.MoveNextAsync();
            if (!next.IsCompletedSuccessfully)
            {
                _moving = next.AsTask();
                break;
            }

            if (!next.Result)
            {
                return batch is null
                    ? (EnumerationResult.Completed, null)
                    : (EnumerationResult.Completed | EnumerationResult.Batch, batch);
            }

            (batch ??= []).Add(_elements.Current);
        }

        return batch is null ? (EnumerationResult.Heartbeat, null) : (EnumerationResult.Batch, batch);
    }
}
