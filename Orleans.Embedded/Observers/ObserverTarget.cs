using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Observers;

/// <summary>
/// An object outside grains that grains call: on threads of the pool, one call at a time in the order in which they
/// came. It is held weakly, since only its owner knows how long it is needed.
/// </summary>
/// <param name="id">The identity.</param>
/// <param name="observer">The object.</param>
/// <param name="runsSideBySide">True if the object takes calls while others run.</param>
/// <param name="watch">Watches over the time-outs of its calls.</param>
/// <param name="logger">Where errors go that nobody waits for.</param>
internal sealed partial class ObserverTarget(
    GrainId id, object observer, bool runsSideBySide, CallWatch watch, ILogger logger)
    : CallTarget(watch), IThreadPoolWorkItem
{
    private static readonly GrainType s_type = GrainType.Create("sys.client");

    private readonly WeakReference<object> _observer = new(observer);
    private readonly Queue<GrainCall> _waiting = new();
    private bool _busy;
    private volatile bool _isDeleted;

    public override bool IsGone => _isDeleted || !_observer.TryGetTarget(out _);

    public static GrainId NewId() => GrainId.Create(s_type, GrainIdKeyExtensions.CreateGuidKey(Guid.NewGuid()));

    public static bool IsObserver(GrainId id) => id.Type == s_type;

    /// <summary>Ends the observer: calls that wait fail.</summary>
    public void Delete() => _isDeleted = true;

    public override void Receive(GrainCall call)
    {
        lock (Gate)
        {
            Track(call);
            _waiting.Enqueue(call);
            if (_busy && !runsSideBySide) return;
            _busy = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public override void OnFinished(GrainCall call, Exception? error)
    {
        if (error is not null && call.Description.IsOneWay) LogFailed(logger, error, call.Description, id);
        call.CancellationRegistration?.Dispose();
        bool more;
        lock (Gate)
        {
            Untrack(call);
            more = _busy = _waiting.Count > 0 && !runsSideBySide;
        }

        call.Release();

        if (more) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public override string DescribeWork() => "the observer runs a call or has others to run";

    void IThreadPoolWorkItem.Execute()
    {
        GrainCall call;
        lock (Gate) call = _waiting.Dequeue();
        if (call.IsCompleted)
        {
            OnFinished(call, null);
        }
        else if (_isDeleted || !_observer.TryGetTarget(out var observer))
        {
            call.Fail(new ClientNotAvailableException(id));
            OnFinished(call, null);
        }
        else
        {
            if (call.Context is not null) RequestContext.Current = call.Context;
            call.Run(this, observer);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Call} of observer '{Id}' failed, and nobody waits for it")]
    private static partial void LogFailed(ILogger logger, Exception exception, CallDescription call, GrainId id);
}
