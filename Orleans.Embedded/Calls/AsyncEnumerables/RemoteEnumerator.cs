using System.Runtime.ExceptionServices;
using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>The caller's side of one enumeration.</summary>
internal sealed class RemoteEnumerator<T> : IAsyncEnumerator<T>
{
    private readonly AsyncEnumerableCall<T> _request;
    private readonly IAsyncEnumerableGrainExtension _target;
    private readonly CancellationTokenSource? _eitherToken;
    private readonly CancellationToken _cancellationToken;
    private readonly Guid _id = Guid.NewGuid();
    private List<T>? _batch;
    private int _index;
    private T? _element;
    private Stage _stage;

    public RemoteEnumerator(AsyncEnumerableCall<T> request, CancellationToken cancellationToken)
    {
        _request = request;
        _target = (IAsyncEnumerableGrainExtension)request.Reference!.CastTo(typeof(IAsyncEnumerableGrainExtension));
        var ofCall = request.Cancellation;
        if (ofCall.CanBeCanceled && cancellationToken.CanBeCanceled && ofCall != cancellationToken)
        {
            _eitherToken = CancellationTokenSource.CreateLinkedTokenSource(ofCall, cancellationToken);
            _cancellationToken = _eitherToken.Token;
        }
        else
        {
            _cancellationToken = ofCall.CanBeCanceled ? ofCall : cancellationToken;
        }
    }

    private enum Stage
    {
        New,
        Running,
        Ended,
        Disposed,
    }

    public T Current => _batch is null ? _element! : _batch[_index];

    public async ValueTask<bool> MoveNextAsync()
    {
        ObjectDisposedException.ThrowIf(_stage == Stage.Disposed, this);
        if (_batch is not null && ++_index < _batch.Count) return true;
        if (_stage == Stage.Ended) return false;
        try
        {
            var (status, value) = await NextAsync();
            if ((status & ~(EnumerationResult.Element | EnumerationResult.Batch)) != 0) _stage = Stage.Ended;
            return Take(status, value);
        }
        catch when (_stage == Stage.Running)
        {
            // Whatever is the matter, the grain shall not keep the enumeration till it expires.
            _stage = Stage.Ended;
            await DisposeThereAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        var wasRunning = _stage == Stage.Running;
        if (_stage == Stage.Disposed) return;
        _stage = Stage.Disposed;
        if (wasRunning) await DisposeThereAsync();
        _eitherToken?.Dispose();
    }

    private async ValueTask<(EnumerationResult Status, object? Value)> NextAsync()
    {
        while (true)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var isNew = _stage == Stage.New;
            _stage = Stage.Running;
            var next = isNew
                ? await _target.StartEnumeration(_id, _request, _cancellationToken)
                : await _target.MoveNext<T>(_id, _cancellationToken);
            if (next.Status != EnumerationResult.Heartbeat) return next;
        }
    }

    private bool Take(EnumerationResult status, object? value)
    {
        _batch = null;
        _element = default;
        switch (status & ~EnumerationResult.Completed)
        {
            case EnumerationResult.Error:
                ExceptionDispatchInfo.Throw((Exception)value!);
                return false;
            case EnumerationResult.Canceled:
                throw new OperationCanceledException(_cancellationToken);
            case EnumerationResult.MissingEnumeratorError:
                throw new EnumerationAbortedException(
                    $"{_request.Description} of grain '{_request.Reference!.GrainId}' has no record of this enumeration: "
                    + "the grain was deactivated meanwhile, or nobody asked for the next element for so long that it expired");
            case EnumerationResult.Element:
                _element = (T?)value;
                return true;
            case EnumerationResult.Batch:
                _batch = (List<T>)value!;
                _index = 0;
                return true;
            default:
                return false;
        }
    }

    private async ValueTask DisposeThereAsync()
    {
        try
        {
            await _target.DisposeAsync(_id);
        }
        catch (Exception)
        {
            // It expires there by itself.
        }
    }
}
