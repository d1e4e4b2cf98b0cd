using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>
/// A grain in memory: its object, its turns and the calls that wait for them. What is not guarded by
/// <see cref="CallTarget.Gate"/> is touched in its own turns only.
/// </summary>
internal sealed partial class Activation : CallTarget, IGrainContext, ICallChainTarget
{
    // So many calls are begun in one item of the scheduler before it looks at its clock again.
    private const int CallsPerItem = 64;

    private static readonly Action<Activation> s_admitWaiting = static activation => activation.AdmitWaiting();

    private readonly TurnScheduler _scheduler;
    private CallQueue _waiting;
    private GrainReference? _reference;
    private GrainCall? _exclusive;
    private int _readers;
    private int _running;
    private int _load;
    private bool _admitting;

    public Activation(Silo silo, GrainClass grainClass, GrainId grainId) : base(silo.Watch)
    {
        Silo = silo;
        GrainClass = grainClass;
        GrainId = grainId;
        _scheduler = new TurnScheduler(this, Gate);
        _lastUse = silo.Now;
    }

    public Silo Silo { get; }

    public GrainClass GrainClass { get; }

    public GrainId GrainId { get; }

    public GrainReference GrainReference => _reference ??= new GrainReference(Silo, default, GrainId);

    public object? GrainInstance { get; private set; }

    public IWorkItemScheduler Scheduler => _scheduler;

    public override bool IsGone => _state == State.Gone;

    /// <summary>How many calls it has, waiting and running.</summary>
    public int Load => Volatile.Read(ref _load);

    public override void Receive(GrainCall call)
    {
        var limit = Silo.MaxEnqueuedCalls;
        int load;
        lock (Gate)
        {
            load = _load;
            if (limit == 0 || load <= limit)
            {
                _load++;
                Track(call);
                if (!_scheduler.Add(call)) return;
            }
        }

        if (limit == 0 || load <= limit) _scheduler.Schedule();
        else call.Fail(new LimitExceededException("MaxEnqueuedRequestsHardLimit", load, limit, GrainId));
    }

    /// <summary>Begins a call or lets it wait. In a turn.</summary>
    public void Admit(GrainCall call)
    {
        if (call.IsCompleted)
        {
            Forget(call);
            call.Release();
            return;
        }

        switch (_state)
        {
            case State.Active when CanRun(call, out var slot):
                Begin(call, slot);
                break;

            // A request that runs may wait for a call that comes back to it.
            case State.Ending when _running > 0 && IsInSection(call):
                Begin(call, Slot.Shared);
                break;

            // A call that was sent before the activation failed: another attempt is up to the next call.
            case State.Gone when _startError is not null:
                Forget(call);
                call.Fail(_startError);
                call.Release();
                break;
            case State.Gone:
                Forward(call);
                break;
            default:
                _waiting.Enqueue(call);
                break;
        }
    }

    public override void OnFinished(GrainCall call, Exception? error)
    {
        Forget(call);
        _running--;
        switch (call.Slot)
        {
            case Slot.Exclusive:
                _exclusive = null;
                break;
            case Slot.Reader:
                _readers--;
                break;
        }

        if (call is not TimerTick { KeepsAlive: false }) _lastUse = Silo.Now;
        if (error is not null) OnError(call, error);
        if (call.SentAt != 0) Silo.Instruments.OnEnded(call.SentAt);
        call.Release();
        if (!_admitting) AdmitWaiting();
    }

    public override string DescribeWork()
    {
        var exclusive = Volatile.Read(ref _exclusive);
        return _state switch
        {
            State.New or State.Activating => "the grain is being activated",
            State.Ending => "the grain is being deactivated",
            _ => exclusive is null ? "the grain is idle or interleaves" : $"the grain runs {exclusive.Description}",
        };
    }

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => $"activation of {GrainClass.Class} '{GrainId}'";

    private bool CanRun(GrainCall call, out Slot slot)
    {
        slot = GrainClass.IsReentrant || call.Interleaving == Interleaving.Always || IsInSection(call) ? Slot.Shared
            : call.Interleaving == Interleaving.ReadOnly ? Slot.Reader
            : Slot.Exclusive;
        var isFree = slot switch
        {
            Slot.Shared => true,
            Slot.Reader => _exclusive is null,
            _ => _exclusive is null && _readers == 0,
        };
        if (isFree || GrainClass.MayInterleave is null || !MayInterleave(GrainClass.MayInterleave, call)) return isFree;
        slot = Slot.Shared;
        return true;
    }

    // As in Orleans, the word of either counts: of the call that comes and of the one that holds it up.
    private bool MayInterleave(InterleavePredicate predicate, GrainCall call) =>
        predicate(GrainInstance!, call) || (_exclusive is { } running && predicate(GrainInstance!, running));

    private void Begin(GrainCall call, Slot slot)
    {
        _running++;
        call.Slot = slot;
        switch (slot)
        {
            case Slot.Exclusive:
                _exclusive = call;
                break;
            case Slot.Reader:
                _readers++;
                break;
        }

        if (call.Context is not null) RequestContext.Current = call.Context;
        if (TryFindInstance(call, out var instance)) Run(call, instance);
        TurnScheduler.DropFlow();
    }

    private void Run(GrainCall call, object instance)
    {
        if (Silo.IncomingFilters.Length > 0 || GrainClass.IsFilter) _ = RunFilteredAsync(call, instance);
        else call.Run(this, instance);
    }

    private async Task RunFilteredAsync(GrainCall call, object instance) =>
        call.End(this, await new IncomingCallContext(call, this, instance, Silo.IncomingFilters).RunAsync());

    private void AdmitWaiting()
    {
        _admitting = true;
        try
        {
            for (var begun = 0; _state == State.Active && _waiting.TryPeek(out var call);)
            {
                if (call.IsCompleted)
                {
                    _waiting.TryDequeue(out _);
                    Forget(call);
                    call.Release();
                    continue;
                }

                if (!CanRun(call, out var slot)) break;
                if (begun++ == CallsPerItem)
                {
                    _scheduler.Enqueue(s_admitWaiting);
                    break;
                }

                _waiting.TryDequeue(out _);
                Begin(call, slot);
            }
        }
        finally
        {
            _admitting = false;
        }

        if (_running == 0) _drained?.TrySetResult();
    }

    private void Forget(GrainCall call)
    {
        call.CancellationRegistration?.Dispose();
        lock (Gate)
        {
            _load--;
            Untrack(call);
        }
    }

    private void Forward(GrainCall call)
    {
        Forget(call);
        if (call is not TimerTick) Silo.Resend(call);
    }

    private void OnError(GrainCall call, Exception error)
    {
        if (error is InconsistentStateException)
        {
            Deactivate(new DeactivationReason(
                DeactivationReasonCode.ApplicationError, error,
                "The stored state is not the one that the activation has read."));
        }

        if (call.Description.IsOneWay) LogFailedOneWayCall(Silo.Log, error, call.Description, GrainId);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Call} of '{GrainId}' failed, and nobody waits for it")]
    private static partial void LogFailedOneWayCall(
        ILogger logger, Exception exception, CallDescription call, GrainId grainId);
}
